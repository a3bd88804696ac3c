// SPDX-License-Identifier: BSD-2-Clause
#include "archive/ship/reduced_files.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include "archive/input/architecture.hpp"
#include "archive/ship/link_tree.hpp"
#include "archive/tree_path.hpp"
#include "base/short_text.hpp"
#include "btf/view.hpp"
#include "io/byte_stream.hpp"
#include "io/read/file_descriptor.hpp"
#include "io/read/file_type.hpp"
#include "io/read/input_file.hpp"
#include "io/real_path.hpp"
#include "minbtf/error.hpp"

namespace fs = std::filesystem;

namespace minbtf::archive {

namespace {

using ByteView = std::span<const std::uint8_t>;

constexpr const char* repeated = "the path occurs twice in the archive, with different contents";

/// Returns true for the first bytes of a manifest of `gen`.
bool is_manifest(ByteView head) {
  constexpr std::string_view start = R"({"tool":"min-btf",)";
  return head.size() >= start.size() && std::equal(start.begin(), start.end(), head.begin());
}

ByteView head_of(ByteView bytes) { return bytes.first(std::min(bytes.size(), io::file_type_bytes)); }

/// Returns the reason for a message about a file that is not BTF.
std::string not_btf(ByteView head) {
  const std::string reason = "not BTF, but " + io::describe_contents(head);
  if (io::is_pack(head)) return reason + "; reduce the kernels in it first: min-btf gen PACK REDUCED OBJECT...";
  if (io::is_bpf_elf(head)) return reason + "; objects are for gen: min-btf gen KERNELS REDUCED OBJECT...";
  return reason;
}

/// Reads a file from its start; its first bytes were read already, and a pipe can be read only once.
class HeadedStream final : public io::ByteStream {
 public:
  explicit HeadedStream(const io::InputFile& file) : head_(file.head()), rest_(file.descriptor(), file.name()) {}
  ByteView next() override { return head_.empty() ? rest_.next() : std::exchange(head_, {}); }

 private:
  ByteView head_;
  io::FileStream rest_;
};

class Reader {
 public:
  Reader(std::string input, const UnpackLimits& limits) : input_(std::move(input)), limits_(limits) {}

  ReducedFiles run() && {
    struct stat status {};
    if (input_ != io::standard_input_name && ::stat(input_.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) {
      root_ = io::real_path(input_);
      read_directory(input_, "");
      return std::move(*this).finish();
    }
    return std::move(*this).run(io::InputFile(input_));
  }

  ReducedFiles run(const io::InputFile& file) && {
    read_file(file);
    return std::move(*this).finish();
  }

 private:
  ReducedFiles finish() && {
    name_files();
    std::ranges::stable_sort(result_.faults, {}, &SourceFault::path);
    return std::move(result_);
  }

  // A directory.

  void read_directory(const fs::path& location, const std::string& path) {
    std::vector<std::string> names;
    std::error_code error;
    fs::directory_iterator entry(location, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
      names.push_back(entry->path().filename().string());
      if (++entries_ > limits_.members) {
        throw Error(ErrorKind::unsupported, input_, "",
                    "over " + std::to_string(limits_.members) + " files and directories");
      }
    }
    if (error) {
      if (path.empty()) throw Error(ErrorKind::io, input_, "", "cannot read the directory: " + error.message());
      return fault(path, ErrorKind::io, "cannot read the directory: " + error.message());
    }
    std::ranges::sort(names);
    for (const std::string& name : names) visit(location / name, joined_path(path, name), name);
  }

  void visit(const fs::path& location, const std::string& path, const std::string& name) {
    if (name.starts_with('.')) {
      ++result_.ignored;
      return;
    }
    if (path.size() > limits_.path_bytes) {
      return fault(path, ErrorKind::unsupported, "a path of over " + std::to_string(limits_.path_bytes) + " bytes");
    }
    struct stat status {};
    if (::lstat(location.c_str(), &status) != 0) {
      return fault(path, ErrorKind::io, "cannot open: " + io::system_reason(errno));
    }
    if (S_ISLNK(status.st_mode)) {
      add_link(location, path);
    } else if (S_ISDIR(status.st_mode)) {
      tree_.add_directory(path);
      check_paths(path);
      read_directory(location, path);
    } else if (S_ISREG(status.st_mode)) {
      guarded(path, [&] {
        io::InputFile file(location);
        add_file(path, file.read_all(file_limit()));
      });
    } else {
      fault(path, ErrorKind::wrong_file, "neither a regular file nor a directory");
    }
  }

  void add_link(const fs::path& location, const std::string& path) {
    std::error_code error;
    const fs::path target = fs::read_symlink(location, error);
    if (error) return fault(path, ErrorKind::io, "cannot read the link: " + error.message());
    std::string text = target.string();
    if (target.is_absolute()) {
      const fs::path real = io::real_path(target);
      if (io::is_inside(real, root_)) text = relative_link(path, real.lexically_relative(root_).string());
    }
    tree_.add_link(path, std::move(text));
    check_paths(path);
  }

  // A file: a tar, or one BTF.

  void read_file(const io::InputFile& file) {
    HeadedStream stream(file);
    Unpacker unpacker(stream, input_, limits_);
    if (!unpacker.is_tar()) {
      result_.is_single = true;
      result_.is_nameless = !file.is_regular() || input_ == io::standard_input_name;
      return read_single(unpacker);
    }
    while (const std::optional<Member> member = unpacker.next()) add_member(*member, unpacker);
    is_tar_ = true;
  }

  void read_single(Unpacker& unpacker) {
    static_cast<void>(unpacker.next());
    const ByteView head = unpacker.head();
    // The rest of a file that is not BTF is not read: it may be endless.
    const bool is_read = io::is_raw_btf(head) || is_manifest(head);
    std::vector<std::uint8_t> bytes(head.begin(), head.end());
    if (is_read) bytes = unpacker.read_all();
    guarded("", [&] { add_file(path_of_input(), std::move(bytes)); });
  }

  /// Returns the path of a single file: the last four parts of its absolute path if they can be those of BTFHub's
  /// layout; ARCHITECTURE/RELEASE if it is in the directory of an architecture; otherwise its name.
  [[nodiscard]] std::string path_of_input() const {
    const fs::path whole = fs::absolute(input_).lexically_normal();
    fs::path path = whole.filename();
    if (find_architecture(whole.parent_path().filename().string()) == nullptr) return path.string();
    const fs::path architecture = whole.parent_path();
    const fs::path version = architecture.parent_path();
    const fs::path id = version.parent_path();
    path = architecture.filename() / path;
    if (!is_distribution_part(id) || !is_distribution_part(version)) return path.string();
    return (id.filename() / version.filename() / path).string();
  }

  /// Returns true if the last part of an absolute path can be ID or VERSION.
  static bool is_distribution_part(const fs::path& path) {
    return path.has_relative_path() && find_architecture(path.filename().string()) == nullptr;
  }

  void add_member(const Member& member, Unpacker& unpacker) {
    if (!member.refusal.empty()) {
      return fault(member.path.substr(0, limits_.path_bytes), ErrorKind::damaged, member.refusal);
    }
    if (is_hidden_path(member.path)) {
      ++result_.ignored;
    } else if (member.type == Member::Type::symbolic_link) {
      add_link_member(member.path, member.target);
    } else if (member.type == Member::Type::hard_link) {
      const std::string reason = path_fault(member.target);
      if (!reason.empty()) return fault(member.path, ErrorKind::damaged, "a hard link to " + reason);
      add_link_member(member.path, relative_link(member.path, cleaned_path(member.target)));
    } else {
      std::vector<std::uint8_t> bytes = unpacker.read_all();
      guarded(member.path, [&] { add_file(member.path, std::move(bytes)); });
    }
  }

  // A tar can have several members of one path. Programs differ in which one they take: all must be equal, and a path
  // cannot be a file or link and also a directory.

  /// Returns why a file or link of the archive cannot have this path; empty if it can.
  [[nodiscard]] std::string place_fault(const std::string& path) const {
    const std::string_view above = tree_.entry_above(path);
    if (!above.empty()) return "the archive has " + std::string(above) + " as a file or link, and also as a directory";
    return tree_.is_directory(path) ? "the archive has this path as a file or link, and also as a directory" : "";
  }

  void add_link_member(const std::string& path, std::string target) {
    const std::optional<LinkEntry> known = tree_.find(path);
    if (known && known->target != target) return fault(path, ErrorKind::wrong_file, repeated);
    std::string reason = place_fault(path);
    if (!reason.empty()) return fault(path, ErrorKind::wrong_file, std::move(reason));
    tree_.add_link(path, std::move(target));
    check_paths(path);
  }

  void check_repeated(const std::string& path, const Content& content) const {
    const std::optional<LinkEntry> known = tree_.find(path);
    if (known && (!known->file || contents_[*known->file] != content)) {
      throw Error(ErrorKind::wrong_file, path, "", repeated);
    }
    const std::string reason = place_fault(path);
    if (!reason.empty()) throw Error(ErrorKind::wrong_file, path, "", reason);
  }

  // The contents of a file.

  void add_file(const std::string& path, std::vector<std::uint8_t> bytes) {
    if (is_manifest(bytes)) {
      ++result_.ignored;
      return;
    }
    if (io::is_packed(head_of(bytes))) bytes = only_file(path, bytes);
    if (!io::is_raw_btf(head_of(bytes))) {
      ++result_.other_files;
      throw Error(ErrorKind::wrong_file, path, "", not_btf(head_of(bytes)));
    }
    static_cast<void>(btf::View::parse_in_place(bytes, path, btf::Index()));  // throws Error
    Content content = store_.add(std::move(bytes));
    check_repeated(path, content);
    tree_.add_file(path, contents_.size());
    check_paths(path);
    contents_.push_back(std::move(content));
    if (store_.bytes() > max_reduced_bytes) {
      throw Error(ErrorKind::unsupported, input_, "",
                  "over " + std::to_string(max_reduced_bytes) + " bytes of distinct BTF");
    }
  }

  /// Returns the contents of a compressed file, or those of the only file in a tar. A bundle is not opened: its kernel
  /// need not be the one that the path states.
  [[nodiscard]] std::vector<std::uint8_t> only_file(const std::string& path, ByteView packed) const {
    io::MemoryStream stream(packed);
    Unpacker unpacker(stream, path, limits_, BundleAs::file);
    std::optional<std::vector<std::uint8_t>> found;
    while (const std::optional<Member> member = unpacker.next()) {
      if (found || member->type != Member::Type::file || !member->refusal.empty()) {
        throw Error(ErrorKind::wrong_file, path, member->path, "an archive with more than one regular file");
      }
      found = unpacker.read_all();
    }
    if (!found) throw Error(ErrorKind::wrong_file, path, "", "an empty archive");
    return std::move(*found);
  }

  [[nodiscard]] std::size_t file_limit() const { return static_cast<std::size_t>(limits_.kernel_bytes); }

  // Names.

  void name_files() {
    LinkedFiles linked = tree_.files({.paths = max_reduced_paths, .path_bytes = max_reduced_path_bytes}, input_);
    for (LinkFault& each : linked.faults) fault(each.path, ErrorKind::wrong_file, std::move(each.reason));
    for (LinkedFile& each : linked.files) {
      const Content& content = contents_[each.file];
      result_.files.push_back({.path = output_path(each.path), .content = content});
      each.path = {};
    }
    std::ranges::stable_sort(result_.files, {}, &ReducedFile::path);
    drop_repeated();
    // A tar of one kernel, as in BTFHub: the path of the tar states more than that of its member.
    const bool is_one = is_tar_ && result_.files.size() == 1 && directory_of(result_.files[0].path).empty();
    if (is_one && input_ != io::standard_input_name) {
      result_.files[0].path = joined_path(directory_of(path_of_input()), result_.files[0].path);
    }
  }

  /// `5.4.btf` and `5.4.btf.xz` have one path: they must be equal.
  void drop_repeated() {
    std::vector<ReducedFile> unique;
    for (ReducedFile& each : result_.files) {
      if (unique.empty() || unique.back().path != each.path) {
        unique.push_back(std::move(each));
      } else if (unique.back().content != each.content) {
        fault(each.path, ErrorKind::wrong_file,
              "the path occurs twice, packed and not packed, with different contents");
      }
    }
    result_.files = std::move(unique);
  }

  // Faults, and the limit for paths.

  void fault(const std::string& path, ErrorKind kind, std::string reason, std::string where = {}) {
    fault_bytes_ += path.size() + reason.size() + where.size() + sizeof(SourceFault);
    result_.faults.push_back(
        {.path = path,
         .problem = {.kind = kind, .member = "", .where = std::move(where), .reason = std::move(reason)}});
    check_paths(path);
  }

  /// Throws Error (unsupported) that names `path`, the last that was read, if there are too many bytes of paths.
  void check_paths(const std::string& path) const {
    if (tree_.bytes() + fault_bytes_ <= max_reduced_path_bytes) return;
    throw Error(ErrorKind::unsupported, input_, base::short_text(path),
                "the paths and links up to here take over " + std::to_string(max_reduced_path_bytes) + " bytes");
  }

  /// Runs `function`. An error about one file becomes a fault of that file. Errors about REDUCED as a whole pass.
  template <typename Function>
  void guarded(const std::string& path, Function&& function) {
    try {
      function();
    } catch (const Error& error) {
      if (error.file() == input_ && error.file() != path) throw;
      fault(path, error.kind(), error.reason(), error.where());
    }
  }

  std::string input_;
  const UnpackLimits& limits_;
  fs::path root_;
  std::size_t entries_ = 0;
  bool is_tar_ = false;
  LinkTree tree_;
  std::uint64_t fault_bytes_ = 0;
  ContentStore store_;
  std::vector<Content> contents_;
  ReducedFiles result_;
};

}  // namespace

ReducedFiles read_reduced(const std::string& path, const UnpackLimits& limits) { return Reader(path, limits).run(); }

ReducedFiles read_reduced(const io::InputFile& file, const UnpackLimits& limits) {
  return Reader(file.name(), limits).run(file);
}

}  // namespace minbtf::archive
