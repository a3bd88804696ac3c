// SPDX-License-Identifier: BSD-2-Clause
#include "archive/input/tar_kernels.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "archive/input/joining_task.hpp"
#include "archive/input/kernel_directory.hpp"
#include "archive/input/kernel_release.hpp"
#include "archive/input/module_file.hpp"
#include "archive/input/source_reader.hpp"
#include "archive/tree_path.hpp"
#include "io/read/kernel_btf.hpp"
#include "io/spool.hpp"
#include "minbtf/error.hpp"

namespace minbtf::archive {

namespace {

struct KeptMember {
  std::string path;
  io::Store::Place place;
  bool is_other = false;  ///< neither BTF nor ELF nor compressed: the first reading did not count it as a module
};

/// A directory in the tar that has a kernel.
struct TarDirectory {
  std::vector<std::size_t> kernels;  ///< indices in SourceOutcome::kernels
  std::size_t bases = 0;             ///< members that are kernels, whether they are selected or not
  std::optional<KeptMember> base;    ///< the first of these members
  std::vector<KeptMember> modules;
  std::vector<KeptMember> doubtful;  ///< are modules if there are others
};

class SecondReading {
 public:
  SecondReading(const ReadTar& tar, SourceOutcome& outcome)
      : tar_(tar), outcome_(outcome), store_(std::make_shared<io::Store>(tar.name)) {
    for (std::size_t i = 0; i < outcome.kernels.size(); ++i) {
      directories_[std::string(directory_of(outcome.kernels[i].member))].kernels.push_back(i);
    }
  }

  void run(Unpacker& again) {
    outcome_.may_have_modules = false;
    while (const std::optional<Member> member = again.next()) take(*member, again);
    for (auto& [path, directory] : directories_) {
      if (directory.modules.empty()) continue;
      std::ranges::move(directory.doubtful, std::back_inserter(directory.modules));
      for (const KeptMember& module : directory.modules) notes_.names.push_back(module_name_of(module.path));
      outcome_.may_have_modules = true;
      if (directory.bases == 1 && directory.kernels.size() == 1 && directory.base) {
        join(path, directory);
      } else if (directory.bases > 1) {
        notes_.warnings.push_back(unowned_modules_text(path.empty() ? tar_.name : tar_.name + ": " + path,
                                                       directory.modules.size(), directory.bases));
      }
    }
    if (outcome_.may_have_modules) outcome_.module_notes = std::make_shared<ModuleNotes>(std::move(notes_));
    std::ranges::sort(failed_, std::greater{});
    for (const std::size_t kernel : failed_) {
      outcome_.kernels.erase(outcome_.kernels.begin() + static_cast<std::ptrdiff_t>(kernel));
    }
  }

 private:
  /// Keeps the member if it is a module or the kernel of a directory that has a kernel.
  void take(const Member& member, Unpacker& again) {
    const auto found = directories_.find(std::string(directory_of(member.path)));
    const bool is_file = member.type == Member::Type::file && member.refusal.empty() && !is_hidden_path(member.path);
    if (found == directories_.end() || !is_file) return;
    TarDirectory& directory = found->second;
    if (member.size > tar_.limits.kernel_bytes) {
      if (is_kernel_name(member.path)) ++directory.bases;
      return;
    }
    switch (role_of_member(member.path, again)) {
      case FileRole::module:
        directory.modules.push_back(keep(member.path));
        break;
      case FileRole::base:
        if (directory.bases++ == 0) directory.base = keep(member.path);
        break;
      case FileRole::doubtful:
        directory.doubtful.push_back(keep(member.path));
        break;
      case FileRole::other:
        break;
    }
  }

  FileRole role_of_member(const std::string& path, Unpacker& again) {
    const auto head = again.head();
    const std::vector<std::uint8_t> start(head.begin(), head.end());
    is_other_ = io::contents_of(start) == io::Contents::other;
    bytes_ = again.read_all();
    return role_in_memory(path, start, bytes_, tar_.name);
  }

  KeptMember keep(const std::string& path) {
    return {.path = path, .place = store_->add(bytes_), .is_other = is_other_};
  }

  /// Returns the release of a kernel in the tar. A file such as `vmlinux` at the top is named by the tar.
  [[nodiscard]] std::string release_of(const std::string& member) const {
    if (is_named_by_tar(member)) return release_of_kernel(tar_.path.empty() ? tar_.name : tar_.path);
    return release_of_kernel("/" + member);
  }

  void join(const std::string& path, const TarDirectory& directory) {
    ModulesOfKernel modules = {.sources = {},
                               .base_file = tar_.name + ": " + directory.base->path,
                               .release = release_of(directory.base->path),
                               .is_directory = !path.empty()};
    for (const KeptMember& each : directory.modules) {
      modules.sources.push_back(kept_module(tar_.name, each.path, store_, each.place));
    }
    const JoiningTask task(tar_.task, modules, tar_.choice, tar_.limits, tar_.jobs);
    const SourceReader reader(tar_.path, tar_.name, task, tar_.selection, tar_.limits);
    SourceOutcome with =
        reader.read_member({.path = directory.base->path, .bytes = store_->read(directory.base->place)});
    for (const KeptMember& each : directory.modules) uncount(each);
    for (Problem& problem : with.problems) outcome_.problems.push_back(std::move(problem));
    for (const ModuleFault& fault : task.faults()) {
      Problem problem = fault.problem;
      problem.is_module = true;
      problem.member = directory.modules[fault.module].path;
      outcome_.problems.push_back(std::move(problem));
    }
    for (const std::string& warning : task.warnings()) notes_.warnings.push_back(warning);
    FoundKernel& kernel = outcome_.kernels[directory.kernels.front()];
    if (with.kernels.size() == 1) {
      kernel.result = with.kernels.front().result;
      kernel.is_directory = modules.is_directory;
    } else {
      failed_.push_back(directory.kernels.front());
    }
  }

  /// The first reading counted a module as ignored, or as not selected. A damaged one was a problem.
  void uncount(const KeptMember& module) {
    const std::string& path = module.path;
    const auto has_path = [&](const Problem& problem) { return problem.member == path; };
    if (std::erase_if(outcome_.problems, has_path) != 0) return;
    const bool is_selected = is_kernel_name(tar_.path) || tar_.selection.takes(selection_path(tar_.path, path));
    if (is_selected) {
      if (outcome_.ignored > 0) --outcome_.ignored;
      if (outcome_.modules > 0 && !module.is_other) --outcome_.modules;
    } else if (outcome_.unselected > 0) {
      --outcome_.unselected;
    }
  }

  const ReadTar& tar_;
  SourceOutcome& outcome_;
  std::shared_ptr<io::Store> store_;
  std::map<std::string, TarDirectory> directories_;
  ModuleNotes notes_ = {};
  std::vector<std::uint8_t> bytes_ = {};  ///< the current member
  bool is_other_ = false;                 ///< KeptMember::is_other of the current member
  std::vector<std::size_t> failed_ = {};  ///< kernels of the first reading that fail with their modules
};

}  // namespace

void join_tar_directories(const ReadTar& tar, Unpacker& again, SourceOutcome& outcome) {
  SecondReading(tar, outcome).run(again);
}

}  // namespace minbtf::archive
