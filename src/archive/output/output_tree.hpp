// The directory that the outputs of a run go to, changed so that whoever reads a path in it, at any moment and after
// any interruption, finds the old contents or the new ones, complete.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "archive/batch/reduced_kernel.hpp"
#include "archive/output/manifest.hpp"
#include "io/file_lock.hpp"
#include "io/read/file_descriptor.hpp"

namespace minbtf::archive {

struct Output {
  std::string path;  ///< relative to the tree; clean, without `.` and `..`
  Content content;
  /// Index of the earlier output that this one is to be a relative symbolic link to. That one is a regular file with
  /// the same content.
  std::optional<std::size_t> link_to{};
};

class MadeDirectories;

struct PublishReport {
  std::size_t unchanged = 0;  ///< outputs that were there already as they should be
  /// Files and links called `*.btf` that are in the tree and are no output of this run, sorted.
  std::vector<std::string> stale;
  std::vector<std::string> warnings;
};

class OutputTree {
 public:
  /// Finds out whether `root` can be written to, and changes nothing. A missing directory is made when there is
  /// something to publish. `on_wait` is called before publish() waits for another run. Throws Error (io): no directory,
  /// not writable.
  explicit OutputTree(std::filesystem::path root, io::OnWait on_wait = {});

  /// Puts `outputs` (sorted by path, no path twice) into the tree. All files get mode 0644 and all directories that are
  /// made 0755, whatever the umask; files, links and the directories they are in get the modification time `time`
  /// (seconds since 1970). What an interrupted run left unfinished is removed; nothing else that is no output is
  /// touched, but for links that an earlier run made to what is now to be something else: they become files that show
  /// what they showed. Nothing else may be writing files in the tree meanwhile; other runs are waited for, and kept
  /// waiting as long as this object lives, where the file system has locks.
  ///
  /// Nothing is visible until all new contents are on the disk. An interrupting signal (io/interrupt.hpp) that comes
  /// before that leaves the tree as it was; one that comes later is obeyed after the last step. Other threads have to
  /// leave these signals to the caller's.
  ///
  /// Throws Error (io): something is in the way of an output; the system refuses. If that
  /// comes before the first output has its name, as it does for want of room, the tree is as it was, but for what an
  /// interrupted run had left.
  [[nodiscard]] PublishReport publish(const std::vector<Output>& outputs, std::int64_t time);

  /// Removes those of `listed` that the last publish() did not put there and that still are what the manifest says, and
  /// directories that this leaves empty. Returns how many files that were; none unless publish() has succeeded. Throws
  /// Error (io).
  std::size_t prune(const std::vector<ManifestOutput>& listed);

  [[nodiscard]] const std::filesystem::path& root() const noexcept { return root_; }

 private:
  void keep_others_out(MadeDirectories& made);

  std::filesystem::path root_;
  io::OnWait on_wait_;
  io::FileDescriptor lock_{-1};  ///< of the directory
  struct Published {
    std::vector<std::string> paths;  ///< sorted
    std::int64_t time = 0;
  };
  std::optional<Published> published_;
};

}  // namespace minbtf::archive
