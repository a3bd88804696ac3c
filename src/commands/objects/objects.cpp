// SPDX-License-Identifier: BSD-2-Clause
#include "commands/objects/objects.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "archive/input/object_search.hpp"
#include "base/short_text.hpp"
#include "cli/console.hpp"
#include "cli/standard_streams.hpp"
#include "cli/tree_options.hpp"
#include "commands/objects/object_names.hpp"
#include "commands/objects/objects_report.hpp"
#include "io/read/buffer.hpp"
#include "io/read/file_type.hpp"
#include "io/read/input_file.hpp"
#include "io/temporary_file.hpp"
#include "minbtf/error.hpp"

namespace fs = std::filesystem;

namespace minbtf::cli {

const CommandLine& objects_command_line() {
  // clang-format off
  static const CommandLine line("objects", {
      {"Options", {
          help_option(),
          {"output,o", directory("DIR"), "write the objects to the directory DIR, which is created if it is missing"},
          {"verbose,v", "", "print every place of an object, not only the first, and all warnings"},
          {"quiet,q", "", "print neither the list nor warnings"},
          json_option(),
          {"max-member-size", "SIZE", "leave out a member of an archive or a decompressed file of more than SIZE\n"
                                      "bytes (default: 1G)"}}}},
      {{file("FILE"), true}});
  // clang-format on
  return line;
}

std::string objects_help() {
  return "Usage: min-btf objects [OPTION...] FILE... [-o DIR]\n"
         "\n"
         "Lists the BPF objects in archives and programs, and takes them out with -o.\n"
         "\n"
         "  FILE  an archive (.a, tar, Debian package), a program or shared library that has BPF objects in\n"
         "        its data (skeletons of bpftool and libbpf-rs, go:embed and bpf2go, include_bytes of Rust),\n"
         "        a BPF object, or any other file; compressed or not (xz, gzip, zstd, bzip2, lz4). Archives\n"
         "        in archives are opened, up to four levels.\n"
         "  -     standard input as FILE; a file named - is given as ./-\n"
         "\n"
         "An object is found at any place in a file by its ELF header, if all of it is there and it is not\n"
         "compressed. Equal objects are listed once. The name is that of the file or the archive's member,\n"
         "or that of the source file from which the object was compiled.\n"
         "\n" +
         objects_command_line().options_help() +
         "\n"
         "Files in DIR are replaced atomically, but only if they are BPF objects.\n"
         "\n"
         "Exit status: 0 done; 1 no FILE has an object, a FILE could not be read (the others were done), or\n"
         "DIR could not be written; 2 wrong usage; 130 interrupted.\n"
         "\n"
         "Examples:\n"
         "  min-btf objects /usr/sbin/opensnoop\n"
         "  min-btf objects -o objects/ $(dpkg -L libbpf-tools | grep sbin/)\n"
         "  min-btf gen btfhub-archive/ btfs/ objects/\n";
}

namespace {

constexpr std::uint64_t default_member_bytes = std::uint64_t{1} << 30U;

struct ObjectsOptions {
  bool verbose = false;
  bool quiet = false;
  std::string directory;  ///< empty: the objects are only listed
  std::vector<std::string> files;
  archive::UnpackLimits limits;
};

ObjectsOptions objects_options(const ParsedLine& line) {
  ObjectsOptions options;
  options.verbose = line.has("verbose");
  options.quiet = line.has("quiet");
  line.refuse_both("quiet", "verbose");
  options.directory = line.word("output").value_or("");
  options.limits = limits_of(line);
  if (!line.has("max-member-size")) options.limits.kernel_bytes = default_member_bytes;
  options.limits.size_option = "--max-member-size";
  line.check_files(line.words(), 1, "at least one FILE");
  options.files = InputWords(line).files(line.words());
  return options;
}

class ObjectsRun {
 public:
  ObjectsRun(const ObjectsOptions& options, Reply& reply) : options_(options), reply_(reply) {
    reply_.body = [report = report_](Json& document) { add_objects(*report, document); };
    reply_.on_interrupt(options.directory.empty() ? "" : "nothing was written");
  }

  void run() {
    search();
    if (report_->objects.empty()) return report_none();
    if (!options_.directory.empty()) write_all();
    if (!options_.quiet) {
      for (const std::string& line : objects_lines(*report_, options_.verbose)) {
        reply_.text += printable(line) + "\n";
      }
    }
  }

 private:
  void search() {
    std::vector<std::string> left_out;
    archive::ObjectSearch search({.unpack = options_.limits},
                                 [&](const Error& why) { left_out.push_back(facts_of(why).message + "; left out"); });
    for (const std::string& file : options_.files) {
      try {
        const std::size_t found = search.add(file);
        ++report_->files;
        if (found == 0) report_->files_without_objects.push_back(file);
      } catch (const Error& error) {
        reply_.errors.push_back(facts_of(error));
        print_message("error", reply_.errors.back().message);
      }
    }
    reply_.warn_of_many(left_out, options_.verbose);
    report_->objects = std::move(search).objects();
    report_->names = object_names(report_->objects);
    report_->directory = options_.directory;
    if (reply_.errors.empty()) return;
    reply_.exit_status = exit_failed;
    reply_.error = ErrorFacts{.kind = "files", .message = base::counted(reply_.errors.size(), "file") + " failed"};
  }

  void report_none() {
    if (!reply_.errors.empty()) return;
    const std::vector<std::string>& files = report_->files_without_objects;
    if (files.size() > 1) throw Error(ErrorKind::wrong_file, files.front(), "", more_without(files.size() - 1));
    throw Error(ErrorKind::wrong_file, files.front(), "", "no BPF object in this file");
  }

  static std::string more_without(std::size_t others) {
    return fmt::format("no BPF object in this file, and none in {}", base::counted(others, "other file"));
  }

  /// Checks all files in DIR, and then writes those that have other contents.
  void write_all() {
    const fs::path directory = options_.directory;
    std::error_code error;
    fs::create_directories(directory, error);
    if (error || !fs::is_directory(directory, error)) {
      const std::string reason = error ? error.message() : "not a directory";
      throw Error(ErrorKind::io, options_.directory, "", "cannot make: " + reason);
    }
    std::vector<std::string> paths;
    std::vector<NewFile> changed;
    for (std::size_t i = 0; i < report_->objects.size(); ++i) {
      paths.push_back((directory / report_->names[i]).string());
      const auto replaced = status_in_directory(paths.back());
      if (replaced && holds(paths.back(), *replaced, report_->objects[i].bytes)) continue;
      changed.push_back({.path = paths.back(), .object = i, .replaced = replaced});
    }
    if (!changed.empty()) reply_.on_interrupt("some objects may be missing in DIR");
    for (const NewFile& file : changed) write(file);
    reply_.on_interrupt("all objects are written");
    report_->written = std::move(paths);
  }

  struct NewFile {
    std::string path;
    std::size_t object = 0;
    std::optional<struct stat> replaced;  ///< the regular file that is replaced
  };

  /// Replaces the name in DIR and never writes to a file that exists: it may have other names, outside of DIR.
  void write(const NewFile& file) const {
    io::TemporaryFile output(file.path);
    if (file.replaced) output.keep_permissions(*file.replaced);
    output.write(report_->objects[file.object].bytes);
    output.move_into_place();
  }

  [[noreturn]] static void refuse(const std::string& path, const std::string& reason) {
    throw Error(ErrorKind::wrong_file, path, "", "not replaced, because it is " + reason);
  }

  /// Returns the status of the file at `path`. Returns nothing if there is none, or a symbolic link: the link itself is
  /// replaced. Throws Error (wrong_file) for other files.
  static std::optional<struct stat> status_in_directory(const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0 || S_ISLNK(status.st_mode)) return std::nullopt;
    if (!S_ISREG(status.st_mode)) refuse(path, "not a regular file");
    return status;
  }

  /// Returns true if the file has these bytes. Throws Error (wrong_file) if it must not be replaced.
  bool holds(const std::string& path, const struct stat& status, const std::vector<std::uint8_t>& bytes) const {
    io::InputFile old{std::filesystem::path(path)};
    if (!old.head().empty() && !io::is_bpf_elf(old.head())) {
      refuse(path, "not a BPF object, but " + io::describe_contents(old.head()));
    }
    const bool is_file = std::ranges::any_of(options_.files, [&](const std::string& file) {
      struct stat other {};
      return ::stat(file.c_str(), &other) == 0 && other.st_dev == status.st_dev && other.st_ino == status.st_ino;
    });
    io::Buffer memory;
    const bool is_equal = std::ranges::equal(old.read_all(memory), bytes);
    if (is_file && !is_equal) refuse(path, "one of the FILEs, and has other contents");
    return is_equal;
  }

  const ObjectsOptions& options_;
  Reply& reply_;
  std::shared_ptr<ObjectsReport> report_ = std::make_shared<ObjectsReport>();
};

}  // namespace

void objects(const ParsedLine& line, Reply& reply) {
  const ObjectsOptions options = objects_options(line);
  ObjectsRun(options, reply).run();
}

}  // namespace minbtf::cli
