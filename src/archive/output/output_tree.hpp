// SPDX-License-Identifier: BSD-2-Clause
// The directory with the outputs of a run. A reader of any path in it finds the complete old contents or the complete
// new contents, at any moment and after any interruption.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/batch/reduced_kernel.hpp"
#include "archive/output/manifest.hpp"
#include "archive/tree_path.hpp"
#include "io/file_lock.hpp"
#include "io/read/file_descriptor.hpp"

namespace minbtf::archive {

struct Output {
  std::string path;  ///< relative to the tree; clean, without `.` and `..`
  Content content;
  /// Nothing: the output is a regular file. Otherwise the output is a relative symbolic link to the output with this
  /// index: an earlier one, which is a regular file with the same content.
  std::optional<std::size_t> link_to{};
  /// Returns the content, the same at each call, for an output whose `content` is null: not all outputs of a run may
  /// fit into memory. publish() calls it in the order of the outputs, at most twice for each. It may throw Error.
  std::function<Content()> make{};

  [[nodiscard]] Content bytes() const { return content != nullptr ? content : make(); }
};

class MadeDirectories;

/// Returns true if the program can write an output with this path, relative to the tree.
using CanBeOutput = std::function<bool(std::string_view path)>;

struct PublishReport {
  std::size_t unchanged = 0;  ///< outputs that were already right, with all attributes
  /// Regular files and links in the tree that are no outputs of this run but can be outputs of another, sorted.
  std::vector<std::string> stale;
  std::vector<std::string> warnings;
};

class OutputTree {
 public:
  /// Checks that `root` can be written to; changes nothing. publish() creates a missing directory if it has outputs.
  /// `on_wait` is called before publish() waits for another run. Throws Error (io) if `root` is no directory or cannot
  /// be written to.
  explicit OutputTree(std::filesystem::path root, io::OnWait on_wait = {});

  /// Writes `outputs` to the tree. They are sorted by path, and each path occurs once.
  ///  - Attributes: files get mode 0644 and new directories 0755; the umask has no influence. Files, links and the
  ///    directories that contain them get the modification time `time` (seconds since 1970).
  ///  - Other files in the tree are not changed, with two exceptions. Unfinished files of interrupted runs are removed.
  ///    A link of an earlier run whose target now gets other contents becomes a regular file with the old contents.
  ///  - Other runs: where the file system has locks, publish() waits for another run, and other runs wait until this
  ///    object is destroyed. No other program may write to the tree during the call.
  ///  - Interruption: no output is visible before all new contents are on the disk. An interrupting signal
  ///    (io/interrupt.hpp) before that moment leaves the tree unchanged. A later signal takes effect after the last
  ///    step. All other threads must have these signals blocked (io::InterruptsBlocked).
  ///
  /// The steps, after everything was checked and all new contents are on the disk under temporary names:
  ///  1. Links that must change are replaced by regular files with the contents that their paths will have (outputs) or
  ///     have now (links of earlier runs). No link then shows the new contents of another output.
  ///  2. Files are replaced or created.
  ///  3. New directories appear with all their files and links.
  ///  4. Outputs that are links get their links. The targets exist by then.
  ///
  /// `can_be_output` decides which other files PublishReport::stale has.
  ///
  /// Throws Error (io) if another file is at the path of an output, or if the system refuses an operation. The tree is
  /// unchanged if the error comes before step 1, as a full disk does; unfinished files of interrupted runs may be
  /// removed.
  [[nodiscard]] PublishReport publish(const std::vector<Output>& outputs, std::int64_t time,
                                      const CanBeOutput& can_be_output = is_output_path);

  /// Removes each output of `listed` that is no output of the last publish() and is still as listed in the manifest.
  /// Then removes the directories that became empty. A path that no output can have (is_output_path()) is ignored: the
  /// manifest is untrusted input. Returns the number of removed files and links; 0 if publish() has not succeeded
  /// before. Throws Error (io).
  std::size_t prune(const std::vector<ManifestOutput>& listed);

  [[nodiscard]] const std::filesystem::path& root() const noexcept { return root_; }

 private:
  void keep_others_out(MadeDirectories& made);

  std::filesystem::path root_;
  io::OnWait on_wait_;
  io::FileDescriptor lock_{-1};  ///< descriptor of the root, with the lock
  struct Published {
    std::vector<std::string> paths;  ///< sorted
    std::int64_t time = 0;
  };
  std::optional<Published> published_;
};

}  // namespace minbtf::archive
