// SPDX-License-Identifier: BSD-2-Clause
// A module is needed if it has a type with a name that the task searches for, and vmlinux has no type of this name and
// kind: libbpf searches modules only for types that vmlinux has not (core::CandidateFinder::find()). Types of other
// modules are reached by name only, so a module that is not needed has no influence on the results.
#include "archive/input/kernel_modules.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "archive/input/kernel_release.hpp"
#include "archive/input/source_reader.hpp"
#include "base/short_text.hpp"
#include "btf/essential_name.hpp"
#include "btf/joined.hpp"
#include "btf/view.hpp"
#include "io/parallel.hpp"
#include "minbtf/error.hpp"

namespace minbtf::archive {

namespace {

/// Names and kinds that are searched for and that vmlinux has not.
class MissingTypes {
 public:
  MissingTypes(const std::optional<WantedTypes>& wanted, const btf::View& base) {
    // Searches for a VAR or another kind that View::named_types() has not need all modules. No compiler writes them.
    takes_all_ = !wanted || !wanted->extras.empty();
    if (takes_all_) return;
    names_.insert(wanted->names.begin(), wanted->names.end());
    for (const btf::NamedType& type : base.named_types()) {
      const std::string_view name = btf::essential_name(base.string_start(type.name_off, most_bytes));
      if (names_.contains(name)) of_base_.emplace(btf::core_kind(base.type(type.id).kind), name);
    }
  }

  [[nodiscard]] bool wants(btf::Kind kind, std::string_view name) const {
    if (takes_all_) return true;
    const std::string_view essential = btf::essential_name(name);
    return names_.contains(essential) && !of_base_.contains({btf::core_kind(kind), essential});
  }

 private:
  /// A longer name is never taken for one of vmlinux: more modules are then joined than are needed.
  static constexpr std::size_t most_bytes = 512;

  bool takes_all_ = false;
  std::unordered_set<std::string_view> names_;
  std::set<std::pair<btf::Kind, std::string_view>> of_base_;
};

/// What was found out about one module.
struct ScanResult {
  bool is_chosen = false;
  bool has_btf = true;
  std::uint64_t bytes = 0;
  std::uint32_t types = 0;
  std::string module = {};
  std::vector<std::uint8_t> needed = {};  ///< split BTF on the base; empty if the module is not needed
  bool is_needed = false;
  std::optional<Problem> problem = {};
};

class ModuleScan {
 public:
  ModuleScan(const BaseKernel& base, const std::vector<ModuleSource>& sources, const ModuleRequest& request)
      : base_(base),
        sources_(sources),
        request_(request),
        view_(btf::View::parse_in_place(base.btf, base.file, {})),
        missing_(request.wanted, view_),
        results_(sources.size()) {}

  JoinedKernel run() {
    choose();
    std::size_t next = 0;
    io::run_tasks(request_.jobs, [&]() -> std::optional<io::Task> {
      while (next < results_.size() && (!results_[next].is_chosen || results_[next].problem)) ++next;
      if (next == results_.size()) return std::nullopt;
      return [this, mine = next++] { scan(mine); };
    });
    return join();
  }

 private:
  /// Chooses the modules by their names. Of two files with one name the second is a fault.
  void choose() {
    std::map<std::string, std::size_t> first;  // by name
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      const std::string name = sources_[i].name();
      if (!sources_[i].is_named && !request_.choice.takes(name)) continue;
      results_[i].is_chosen = true;
      results_[i].module = name;
      const auto [known, is_new] = first.try_emplace(name, i);
      if (is_new) continue;
      results_[i].problem = Problem{.kind = ErrorKind::wrong_file,
                                    .member = "",
                                    .where = "",
                                    .reason = "module " + name + " is also in " + sources_[known->second].path};
    }
  }

  void scan(std::size_t index) {
    ScanResult& result = results_[index];
    const ModuleSource& source = sources_[index];
    try {
      const ModuleFile module =
          source.read ? source.read(request_.limits) : read_module(source.location, request_.limits);
      if (module.btf.empty()) {
        result.has_btf = false;
        if (source.is_named) throw Error(ErrorKind::wrong_file, source.path, "", "a kernel module without BTF");
        return;
      }
      check_release(module, base_.release, base_.file);
      std::vector<std::uint8_t> bytes = split_btf_on(module, view_);
      const btf::ScannedModule scanned =
          btf::scan_module(view_, base_.file, {.bytes = bytes, .file = source.path, .module = result.module},
                           [&](btf::Kind kind, std::string_view name) { return missing_.wants(kind, name); });
      result.types = scanned.types;
      result.bytes = bytes.size();
      result.is_needed = scanned.is_wanted;
      if (scanned.is_wanted) result.needed = std::move(bytes);
    } catch (...) {
      result.problem = current_exception_as_problem("");
    }
  }

  JoinedKernel join() {
    JoinedKernel joined;
    joined.source_bytes = base_.btf.size();
    joined.source_types = view_.id_end() - 1;
    for (std::size_t i = 0; i < results_.size(); ++i) {
      ScanResult& result = results_[i];
      if (!result.is_chosen) continue;
      if (result.problem) {
        joined.faults.push_back({.module = i, .problem = std::move(*result.problem)});
        result.is_needed = false;
      } else if (!result.has_btf) {
        joined.without_btf.push_back(sources_[i].path);
      } else {
        ++joined.read;
        joined.source_bytes += result.bytes;
        joined.source_types += result.types;
      }
    }
    std::vector<btf::ModuleBtf> modules;
    for (const std::size_t i : by_name()) {
      if (!results_[i].is_needed) continue;
      modules.push_back({.bytes = results_[i].needed, .file = sources_[i].path, .module = results_[i].module});
    }
    if (modules.empty()) return joined;
    btf::Joined all = btf::join(view_, base_.file, modules);
    joined.bytes = std::move(all.bytes);
    joined.modules = std::move(all.modules);
    return joined;
  }

  [[nodiscard]] std::vector<std::size_t> by_name() const {
    std::vector<std::size_t> order(results_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t i) -> const std::string& { return results_[i].module; });
    return order;
  }

  const BaseKernel& base_;
  const std::vector<ModuleSource>& sources_;
  const ModuleRequest& request_;
  btf::View view_;
  MissingTypes missing_;
  std::vector<ScanResult> results_;
};

}  // namespace

ModuleSource kept_module(const std::string& tar, const std::string& member, std::shared_ptr<const io::Store> store,
                         io::Store::Place place) {
  return {.path = tar + ": " + member,
          .location = {},
          .read = [store = std::move(store), place,
                   member](const UnpackLimits& limits) { return module_in(store->read(place), member, limits); },
          .module = module_name_of(member)};
}

KernelBtf JoinedKernel::kernel(std::span<const std::uint8_t> base) const {
  KernelBtf out(bytes.empty() ? base : std::span<const std::uint8_t>(bytes), source_bytes, source_types);
  out.modules = modules;
  return out;
}

JoinedKernel join_modules(const BaseKernel& base, const std::vector<ModuleSource>& sources,
                          const ModuleRequest& request) {
  return ModuleScan(base, sources, request).run();
}

std::string without_btf_text(const std::vector<std::string>& paths) {
  const std::string more = paths.size() == 1 ? "" : " (and " + base::counted(paths.size() - 1, "more module") + ")";
  return paths.front() + more + ": built without BTF: its types are missing";
}

void warn_of_missing_modules(const ModuleChoice& choice, const std::vector<std::string>& names,
                             std::vector<std::string>& warnings) {
  for (const std::string& name : choice.names) {
    if (std::ranges::find(names, name) != names.end()) continue;
    warnings.push_back("--modules: no kernel has a module " + name);
  }
}

std::vector<std::string> missing_modules(const ModuleChoice& choice, const std::vector<ModuleSource>& sources) {
  std::vector<std::string> missing = choice.names;
  for (const ModuleSource& source : sources) std::erase(missing, source.name());
  return missing;
}

}  // namespace minbtf::archive
