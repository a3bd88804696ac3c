#include "report/loader_oracle.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "archive/object_list.hpp"
#include "io/buffer.hpp"
#include "io/file_descriptor.hpp"
#include "minbtf/error.hpp"
#include "report/loader_log.hpp"

namespace minbtf::report {

namespace {

/// libbpf wants a path. A file without a name leaves nothing behind.
class MemoryFile {
 public:
  explicit MemoryFile(std::span<const std::uint8_t> bytes) : fd_(::memfd_create("btf", MFD_CLOEXEC)) {
    if (fd_.get() < 0) fail();
    while (!bytes.empty()) {
      const ssize_t written = ::write(fd_.get(), bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) fail();
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
  }

  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(fd_.get()); }

 private:
  [[noreturn]] static void fail() {
    throw Error(ErrorKind::io, "--oracle=libbpf", "", "cannot write to memory: " + io::system_reason(errno));
  }

  io::FileDescriptor fd_;
};

std::string text(const std::vector<std::string>& lines) {
  std::string all;
  for (const std::string& line : lines) all += (all.empty() ? "" : "; ") + line;
  return all.empty() ? "nothing" : all;
}

/// One object on both.
class Loads {
 public:
  Loads(std::size_t index, const BpfObject& object, std::span<const std::uint8_t> image, std::string full,
        std::string reduced, LoaderComparison& out)
      : index_(index),
        object_(object),
        image_(image),
        full_(std::move(full)),
        reduced_(std::move(reduced)),
        out_(out) {}

  void run() {
    bool is_first = true;
    for (;;) {
      const LoaderLog full = load(full_);
      const LoaderLog reduced = load(reduced_);
      // There is nothing to compare with, whatever it makes of the other one.
      if (is_first && full.outcomes.empty()) {
        out_.stops.push_back({.object = index_, .reason = full.last_warning});
        return;
      }
      is_first = false;
      compare(full, reduced);
      const std::string& failed = full.failed_program.empty() ? reduced.failed_program : full.failed_program;
      // Subprograms cannot be left out.
      if (failed.empty() || !left_out_.insert(failed).second) break;
    }
    ++out_.objects;
    out_.relocations += seen_.size();
  }

 private:
  LoaderLog load(const std::string& path) {
    ++out_.loads;
    return load_with_btf(image_, object_, path,
                         [&](std::size_t, const std::string& program) { return !left_out_.contains(program); });
  }

  void compare(const LoaderLog& full, const LoaderLog& reduced) {
    std::set<LoaderRecord> records;
    for (const auto& [record, lines] : full.outcomes) records.insert(record);
    for (const auto& [record, lines] : reduced.outcomes) records.insert(record);
    static const std::vector<std::string> nothing;
    const auto lines_of = [](const LoaderLog& log, const LoaderRecord& record) -> const std::vector<std::string>& {
      const auto found = log.outcomes.find(record);
      return found == log.outcomes.end() ? nothing : found->second;
    };
    for (const LoaderRecord& record : records) {
      seen_.insert(record);
      const auto& before = lines_of(full, record);
      const auto& after = lines_of(reduced, record);
      if (before == after || !told_.insert(record).second) continue;
      out_.differences.push_back({.object = index_,
                                  .program = record.program,
                                  .record = record.number,
                                  .full = text(before),
                                  .reduced = text(after)});
    }
  }

  std::size_t index_;
  const BpfObject& object_;
  std::span<const std::uint8_t> image_;
  std::string full_;
  std::string reduced_;
  LoaderComparison& out_;
  std::set<std::string> left_out_;  ///< programs
  std::set<LoaderRecord> seen_;
  std::set<LoaderRecord> told_;
};

}  // namespace

LoaderOracle::LoaderOracle(std::vector<BpfObject> objects) : objects_(std::move(objects)) {
  const std::string obstacle = loader_obstacle();
  if (!obstacle.empty()) throw Error(ErrorKind::unsupported, "--oracle=libbpf", "", obstacle);
  io::Buffer memory;
  for (const BpfObject& object : objects_) {
    const auto bytes = archive::read_object(object.name(), memory);
    images_.emplace_back(bytes.begin(), bytes.end());
  }
}

LoaderComparison LoaderOracle::compare(std::span<const std::uint8_t> full,
                                       std::span<const std::uint8_t> reduced) const {
  const MemoryFile full_file(full);
  const MemoryFile reduced_file(reduced);
  LoaderComparison out;
  for (std::size_t i = 0; i < objects_.size(); ++i) {
    if (objects_[i].relocation_count() == 0) continue;
    Loads(i, objects_[i], images_[i], full_file.path(), reduced_file.path(), out).run();
  }
  return out;
}

}  // namespace minbtf::report
