// SPDX-License-Identifier: BSD-2-Clause
#include "libbpf/loader_oracle.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <iterator>
#include <new>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <utility>

#include "io/read/file_descriptor.hpp"
#include "io/read/input_file.hpp"
#include "io/write_all.hpp"
#include "libbpf/loader_log.hpp"
#include "minbtf/error.hpp"

namespace minbtf::libbpf {

namespace {

using Json = nlohmann::ordered_json;

[[noreturn]] void fail(ErrorKind kind, const std::string& reason) { throw Error(kind, "--oracle=libbpf", "", reason); }

/// Returns a file in memory with `bytes`. libbpf needs a path; an anonymous file leaves no file behind.
io::FileDescriptor memory_file(std::span<const std::uint8_t> bytes) {
  io::FileDescriptor file(::memfd_create("btf", MFD_CLOEXEC));
  if (!file.is_open()) fail(ErrorKind::io, "cannot write to memory: " + io::system_reason(errno));
  io::write_all(file.get(), bytes, "--oracle=libbpf");
  return file;
}

std::string path_of(const io::FileDescriptor& file) { return "/proc/self/fd/" + std::to_string(file.get()); }

std::string text(const std::vector<std::string>& lines, const std::string& otherwise) {
  std::string all;
  for (const std::string& line : lines) all += (all.empty() ? "" : "; ") + line;
  return all.empty() ? otherwise : all;
}

/// An object with CO-RE relocations.
struct LoadedObject {
  std::size_t index = 0;
  std::vector<std::uint8_t> image;
};

/// Result of one load.
struct Load {
  LoaderLog log;
  std::string lost;  ///< ProcessEnd::lost: how libbpf crashed or hung; usually empty
};

/// Loads an object with the BTF at `path`, without the programs in `left_out`.
using LoadFunction =
    std::function<Load(const LoadedObject& object, const std::string& path, const std::set<std::string>& left_out)>;

/// Loads in this process.
LoadFunction loader_here(unsigned cpu_seconds) {
  return [cpu_seconds](const LoadedObject& object, const std::string& path, const std::set<std::string>& left_out) {
    allow_cpu(cpu_seconds);
    const auto choose = [&](std::size_t, const std::string& program) { return !left_out.contains(program); };
    return Load{.log = load_with_btf(object.image, path, choose), .lost = {}};
  };
}

/// Loads in a new process each time.
LoadFunction loader_apart(unsigned cpu_seconds) {
  return [cpu_seconds](const LoadedObject& object, const std::string& path, const std::set<std::string>& left_out) {
    const ProcessEnd end = run_apart(
        [&](const Say& say) { say(to_text(loader_here(cpu_seconds)(object, path, left_out).log)); }, cpu_seconds);
    if (!end.lost.empty()) return Load{.log = {}, .lost = end.lost};
    return Load{.log = log_from(end.text), .lost = {}};
  };
}

/// Compares one object on both BTFs. Worked example: programs p, q and r, and a relocation of q that fails on the full
/// BTF.
///
///  1. The object is loaded with p, q and r on both BTFs. libbpf stops at q's relocation: the relocations of p and q
///     are compared, those of r are not reached.
///  2. The object is loaded without q. libbpf reaches r's relocations, and they are compared.
class Loads {
 public:
  Loads(const LoadedObject& object, std::span<const io::FileDescriptor> files, LoadFunction loader,
        LoaderComparison& out)
      : object_(object), full_(path_of(files[0])), reduced_(path_of(files[1])), loader_(std::move(loader)), out_(out) {}

  void run() {
    for (;;) {
      const Load full = load(full_);
      // Without a result on the full BTF, the reduced BTF cannot be compared.
      if (!full.lost.empty()) return stop("libbpf " + full.lost);
      if (seen_.empty() && full.log.outcomes.empty()) return stop(full.log.first_warning);
      const Load reduced = load(reduced_);
      compare(full.log, reduced);
      const std::string& failed =
          full.log.failed_program.empty() ? reduced.log.failed_program : full.log.failed_program;
      // If leaving out the failed program did not help (a subprogram cannot be left out), this ends.
      if (failed.empty() || !left_out_.insert(failed).second) break;
    }
    count();
  }

 private:
  void stop(const std::string& reason) {
    out_.stops.push_back({.object = object_.index, .reason = reason});
    if (!seen_.empty()) count();
  }

  void count() {
    ++out_.objects;
    out_.relocations += seen_.size();
  }

  Load load(const std::string& path) {
    ++out_.loads;
    return loader_(object_, path, left_out_);
  }

  void compare(const LoaderLog& full, const Load& reduced) {
    std::set<LoaderRecord> records;
    for (const auto& [record, lines] : full.outcomes) records.insert(record);
    for (const auto& [record, lines] : reduced.log.outcomes) records.insert(record);
    static const std::vector<std::string> nothing;
    const auto lines_of = [](const LoaderLog& log, const LoaderRecord& record) -> const std::vector<std::string>& {
      const auto found = log.outcomes.find(record);
      return found == log.outcomes.end() ? nothing : found->second;
    };
    for (const LoaderRecord& record : records) {
      seen_.insert(record);
      const auto& before = lines_of(full, record);
      const auto& after = lines_of(reduced.log, record);
      if (before == after || !reported_.insert(record).second) continue;
      out_.differences.push_back({.object = object_.index,
                                  .program = record.program,
                                  .record = record.number,
                                  .full = text(before, "nothing"),
                                  .reduced = text(after, reduced.lost.empty() ? "nothing" : reduced.lost)});
    }
  }

  const LoadedObject& object_;
  std::string full_;
  std::string reduced_;
  LoadFunction loader_;
  LoaderComparison& out_;
  std::set<std::string> left_out_;  ///< names of programs
  std::set<LoaderRecord> seen_;
  std::set<LoaderRecord> reported_;
};

void append(LoaderComparison& whole, LoaderComparison part) {
  whole.objects += part.objects;
  whole.loads += part.loads;
  whole.relocations += part.relocations;
  std::ranges::move(part.differences, std::back_inserter(whole.differences));
  std::ranges::move(part.stops, std::back_inserter(whole.stops));
}

/// Returns the comparison as JSON text, or a line with the reason why it failed.
std::string compare(const std::vector<const LoadedObject*>& objects, std::span<const io::FileDescriptor> files,
                    unsigned cpu_seconds) {
  try {
    LoaderComparison out;
    for (auto object = objects.begin(); object != objects.end();) {
      // One process handles all objects, which is quicker. If libbpf crashes or hangs at an object, each load of this
      // object gets a process of its own, and a new process handles the objects after it.
      const ProcessEnd end = run_apart(
          [&](const Say& say) {
            for (auto each = object; each != objects.end(); ++each) {
              LoaderComparison found;
              Loads(**each, files, loader_here(cpu_seconds), found).run();
              say(to_text(found) + "\n");
            }
          },
          cpu_seconds);
      std::istringstream lines(end.text);
      for (std::string line; std::getline(lines, line) && !lines.eof(); ++object) append(out, comparison_from(line));
      if (object != objects.end()) Loads(**object++, files, loader_apart(cpu_seconds), out).run();
    }
    return to_text(out);
  } catch (const std::bad_alloc&) {
    return "libbpf's loader runs out of memory";
  } catch (const Error& error) {
    return error.reason();
  }
}

ProcessMaker::Work work(const std::vector<BpfObject>& objects, const std::vector<std::vector<std::uint8_t>>& images,
                        unsigned cpu_seconds) {
  if (const std::string obstacle = loader_obstacle(); !obstacle.empty()) fail(ErrorKind::unsupported, obstacle);
  // A container that has only this program may lack it. Without it, libbpf could not open path_of() a file.
  if (::access("/proc/self/fd", X_OK) != 0) fail(ErrorKind::unsupported, "this needs /proc, which is not mounted");
  std::vector<LoadedObject> loaded;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    if (objects[i].relocation_count() != 0) loaded.push_back({.index = i, .image = images[i]});
  }
  return [loaded = std::move(loaded), cpu_seconds](std::span<const io::FileDescriptor> files) {
    // The third file has a byte for each object: 1 if it is used. Without it, all objects are used.
    std::vector<std::uint8_t> used;
    if (files.size() > 2) used = io::InputFile(path_of(files[2])).read_all();
    std::vector<const LoadedObject*> selected;
    for (const LoadedObject& object : loaded) {
      if (used.empty() || used[object.index] != 0) selected.push_back(&object);
    }
    return compare(selected, files, cpu_seconds);
  };
}

}  // namespace

LoaderOracle::LoaderOracle(const std::vector<BpfObject>& objects, const std::vector<std::vector<std::uint8_t>>& images,
                           unsigned cpu_seconds)
    : processes_(work(objects, images, cpu_seconds)) {}

LoaderComparison LoaderOracle::compare(std::span<const std::uint8_t> full, std::span<const std::uint8_t> reduced,
                                       const std::vector<bool>& used) const {
  const io::FileDescriptor full_file = memory_file(full);
  const io::FileDescriptor reduced_file = memory_file(reduced);
  std::vector<int> files = {full_file.get(), reduced_file.get()};
  io::FileDescriptor used_file(-1);
  if (!used.empty()) {
    used_file = memory_file(std::vector<std::uint8_t>(used.begin(), used.end()));
    files.push_back(used_file.get());
  }
  const std::string answer = processes_.run(files);
  if (!answer.starts_with('{')) fail(ErrorKind::internal, answer);
  return comparison_from(answer);
}

namespace {

std::string printed(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

std::string to_text(const LoaderLog& log) {
  Json json = {{"failed_program", log.failed_program}, {"first_warning", log.first_warning}};
  Json& outcomes = json["outcomes"] = Json::array();
  for (const auto& [record, lines] : log.outcomes) {
    outcomes.push_back({{"program", record.program}, {"number", record.number}, {"lines", lines}});
  }
  return printed(json);
}

LoaderLog log_from(const std::string& text) {
  const Json json = Json::parse(text);
  LoaderLog log;
  json.at("failed_program").get_to(log.failed_program);
  json.at("first_warning").get_to(log.first_warning);
  for (const Json& each : json.at("outcomes")) {
    each.at("lines").get_to(log.outcomes[{.program = each.at("program"), .number = each.at("number")}]);
  }
  return log;
}

std::string to_text(const LoaderComparison& comparison) {
  Json json = {{"objects", comparison.objects}, {"loads", comparison.loads}, {"relocations", comparison.relocations}};
  Json& differences = json["differences"] = Json::array();
  for (const LoaderDifference& each : comparison.differences) {
    differences.push_back({{"object", each.object},
                           {"program", each.program},
                           {"record", each.record},
                           {"full", each.full},
                           {"reduced", each.reduced}});
  }
  Json& stops = json["stops"] = Json::array();
  for (const LoaderStop& each : comparison.stops) stops.push_back({{"object", each.object}, {"reason", each.reason}});
  return printed(json);
}

LoaderComparison comparison_from(const std::string& text) {
  const Json json = Json::parse(text);
  LoaderComparison comparison;
  json.at("objects").get_to(comparison.objects);
  json.at("loads").get_to(comparison.loads);
  json.at("relocations").get_to(comparison.relocations);
  for (const Json& each : json.at("differences")) {
    comparison.differences.push_back({.object = each.at("object"),
                                      .program = each.at("program"),
                                      .record = each.at("record"),
                                      .full = each.at("full"),
                                      .reduced = each.at("reduced")});
  }
  for (const Json& each : json.at("stops")) {
    comparison.stops.push_back({.object = each.at("object"), .reason = each.at("reason")});
  }
  return comparison;
}

}  // namespace minbtf::libbpf
