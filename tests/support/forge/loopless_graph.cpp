// SPDX-License-Identifier: BSD-2-Clause
#include <utility>

#include "support/forge/random_graph.hpp"

namespace minbtf::test {

namespace {

using btf::Kind;

class Breaker {
 public:
  explicit Breaker(TypeGraph graph) : graph_(std::move(graph)), states_(graph_.size() + 1) {}

  TypeGraph run() {
    const GraphType last = graph_.back();
    // Arrays have this index type.
    graph_[0] = {.kind = Kind::int_, .name = "int", .bytes = 4, .encoding = 1};
    for (std::uint32_t id = 1; id <= graph_.size(); ++id) {
      if (states_[id] == State::unseen) visit(id);
    }
    graph_.insert(graph_.end(), added_.begin(), added_.end());
    graph_.push_back(last);
    return std::move(graph_);
  }

 private:
  enum class State : std::uint8_t { unseen, visiting, done };

  [[nodiscard]] bool is_named(std::uint32_t id) const {
    const GraphType& type = graph_[id - 1];
    return !type.name.empty() && btf::is_sought(type.kind);
  }

  void visit(std::uint32_t id) {
    states_[id] = State::visiting;
    GraphType& type = graph_[id - 1];
    follow(type.type, type.kind == Kind::ptr);
    for (ForgedMember& member : type.members) follow(member.type, false);
    for (ForgedParam& param : type.params) follow(param.type, false);
    states_[id] = State::done;
  }

  void follow(std::uint32_t& to, bool is_behind_pointer) {
    if (to == 0 || (is_behind_pointer && is_named(to))) return;
    if (states_[to] == State::unseen) visit(to);
    if (states_[to] != State::visiting) return;
    if (!btf::is_composite(graph_[to - 1].kind) || !is_named(to)) {
      to = 1;
      return;
    }
    added_.push_back({.kind = Kind::ptr, .type = to});
    to = static_cast<std::uint32_t>(graph_.size() + added_.size());
    states_.push_back(State::done);
  }

  TypeGraph graph_;
  std::vector<State> states_;  ///< by type id
  TypeGraph added_;
};

}  // namespace

TypeGraph without_loops(TypeGraph graph) { return Breaker(std::move(graph)).run(); }

}  // namespace minbtf::test
