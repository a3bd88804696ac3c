// SPDX-License-Identifier: BSD-2-Clause
// The handles that several files of the C API use.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "minbtf/minbtf.h"
#include "minbtf/plan.hpp"

struct minbtf_object {
  minbtf::BpfObject object;
};

struct minbtf_btf {
  minbtf::Btf btf;
};

struct minbtf_resolution {
  minbtf::Resolution value;
};

struct minbtf_workspace {
  minbtf::Workspace workspace;
};

struct minbtf_plan {
  explicit minbtf_plan(std::vector<minbtf::BpfObject> of_objects, std::vector<minbtf::Keep> of_keeps,
                       minbtf::Layout layout)
      : plan(std::move(of_objects), std::move(of_keeps), layout) {
    for (const minbtf::BpfObject& object : plan.objects()) objects.push_back({object});
    for (const minbtf::Keep& keep : plan.keeps()) keeps.push_back(keep.text());
  }

  minbtf::Plan plan;
  std::vector<minbtf_object> objects;  ///< as those of `plan`
  std::vector<std::string> keeps;      ///< texts of the keeps of `plan`
};

namespace minbtf::capi {

/// The workspace of the caller; one for a single call if the caller gives none.
class WorkspaceOfCall {
 public:
  explicit WorkspaceOfCall(minbtf_workspace* workspace) {
    if (workspace == nullptr) own_ = std::make_unique<minbtf_workspace>();
    workspace_ = workspace == nullptr ? own_.get() : workspace;
  }

  [[nodiscard]] Workspace& get() const noexcept { return workspace_->workspace; }

 private:
  std::unique_ptr<minbtf_workspace> own_;
  minbtf_workspace* workspace_ = nullptr;
};

}  // namespace minbtf::capi
