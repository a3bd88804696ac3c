// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/reduce/selection.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <unordered_set>

namespace minbtf::minimize {

namespace {

using btf::Kind;
using btf::Type;
using core::Dependency;

/// Selects types in these steps:
///  1. Pointees and elements (members, enumerators) are collected from the dependencies.
///  2. Composites and enums that need a minimum number of elements get their first ones.
///  3. The type of each dependency is selected, and then every type that a selected type names as it will be written:
///     the types of kept members, pointees that are needed.
///  4. If the outcomes depend on the pointer size, the INTs that give it are selected.
///
/// Worked example:
///
///     [1] INT int                             [4] ARRAY of 4 [1], index [1]
///     [2] STRUCT s {a: [4]; b: [3]; c: [1]}   [5] STRUCT t {d: [1]}
///     [3] PTR -> [5]
///
/// The dependencies are type [2] and member 1 of [2]. The selection is [2] with member b, and [3], which is written as
/// a pointer to void. If there is also the dependency "pointee of [3]", the selection has [5] too, without members. The
/// output is then `struct s { struct t *b; }` and an empty `struct t`. The sizes of both, and the offset of b, are
/// those of the source.
class Selector {
 public:
  Selector(const btf::View& source, std::span<const std::uint32_t> shadowed) : source_(source), shadowed_(shadowed) {}

  Selection run(std::span<const Dependency> dependencies) {
    collect(dependencies);
    for (const auto& [id, count] : least_) fill_up(id, count);
    // elements_ is complete from here on.
    for (const Dependency& dependency : dependencies) take(dependency.id);
    follow_all();
    if (pointer_size_) take_pointer_ints();
    return result();
  }

 private:
  void collect(std::span<const Dependency> dependencies) {
    for (const Dependency& dependency : dependencies) {
      switch (dependency.what) {
        case Dependency::What::pointee:
          pointees_.insert(dependency.id);
          break;
        case Dependency::What::member:
        case Dependency::What::enumerator:
          elements_[dependency.id].insert(dependency.n);
          break;
        case Dependency::What::least_members:
        case Dependency::What::least_enumerators: {
          std::uint32_t& count = least_[dependency.id];
          count = std::max(count, dependency.n);
          break;
        }
        case Dependency::What::pointer_size:
          pointer_size_ = true;
          break;
        case Dependency::What::type:
          roots_.insert(dependency.id);
          break;
        case Dependency::What::name:
        case Dependency::What::size:
        case Dependency::What::encoding:
        case Dependency::What::length:
        case Dependency::What::layout:
        case Dependency::What::offset:
        case Dependency::What::member_size:
        case Dependency::What::member_encoding:
        case Dependency::What::member_length:
        case Dependency::What::member_index:
        case Dependency::What::value:
        case Dependency::What::verbatim:
          break;
      }
    }
  }

  /// Adds elements until there are `count`. Any elements would do. The first ones depend only on the type, not on other
  /// dependencies.
  void fill_up(std::uint32_t id, std::uint32_t count) {
    std::set<std::uint32_t>& elements = elements_[id];
    const std::uint32_t vlen = source_.type(id).vlen;
    for (std::uint32_t i = 0; i < vlen && elements.size() < count; ++i) elements.insert(i);
  }

  /// Selects a type. `void` has no record, and a kind of unknown layout cannot be written.
  void take(std::uint32_t id) {
    if (id == 0 || !btf::is_known(source_.type(id).kind) || !selected_.insert(id).second) return;
    queue_.push_back(id);
  }

  void follow_all() {
    while (!queue_.empty()) {
      const std::uint32_t id = queue_.back();
      queue_.pop_back();
      follow(id);
    }
  }

  /// Selects the INTs from which loaders derive the pointer size (btf.c, determine_ptr_size(); see btf::PointerSize):
  ///  1. If current libbpf and libbpf before 1.0 derive the same size from the source, one INT suffices: one in an old
  ///     spelling and of that size. A root is preferred, then an INT that is selected anyway, then the shortest name.
  ///  2. Otherwise the first INT for current libbpf is selected, and the first one for libbpf before 1.0 if there is
  ///     one.
  void take_pointer_ints() {
    const btf::PointerSize& size = source_.pointer_size();
    if (size.type == 0) return;
    const auto bytes = [&](std::uint32_t id) { return source_.type(id).size_or_type; };
    const auto cost = [&](std::uint32_t id) {
      const std::string_view name = source_.string(source_.type(id).name_off);
      return std::tuple(!roots_.contains(id), !selected_.contains(id), name.size(), name);
    };
    if (!size.old_types.empty() && bytes(size.old_types.front()) == size.bytes) {
      std::uint32_t best = size.old_types.front();
      // Names of selected INTs of another size. Such an INT may be a candidate, which keeps its place before an INT of
      // the same name.
      std::set<std::string_view> misleading;
      for (const std::uint32_t id : size.old_types) {
        const std::string_view name = source_.string(source_.type(id).name_off);
        if (bytes(id) != size.bytes) {
          if (selected_.contains(id)) misleading.insert(name);
        } else if (!misleading.contains(name) && cost(id) < cost(best)) {
          best = id;
        }
      }
      pointer_ints_ = {best};
    } else {
      pointer_ints_ = {size.type};
      if (!size.old_types.empty()) pointer_ints_.push_back(size.old_types.front());
    }
    for (const std::uint32_t id : pointer_ints_) take(id);
  }

  void follow(std::uint32_t id) {
    const Type type = source_.type(id);
    const bool pointee = type.kind == Kind::ptr && pointees_.contains(id);
    const auto members = btf::is_composite(type.kind) ? elements_.find(id) : elements_.end();
    for_each_kept_reference(source_, type, pointee, members == elements_.end() ? no_elements_ : members->second,
                            [&](std::uint32_t named) { take(named); });
  }

  Selection result() {
    Selection selection = {.types = {}, .pointer_ints = pointer_ints_};
    std::vector<std::uint32_t> ids(selected_.begin(), selected_.end());
    std::ranges::sort(ids);
    selection.types.reserve(ids.size());
    for (const std::uint32_t id : ids) {
      SelectedType type = {.id = id,
                           .pointee = pointees_.contains(id),
                           .nameless = std::ranges::binary_search(shadowed_, id),
                           .elements = {}};
      const auto elements = elements_.find(id);
      if (elements != elements_.end()) type.elements.assign(elements->second.begin(), elements->second.end());
      selection.types.push_back(std::move(type));
    }
    return selection;
  }

  const btf::View& source_;
  std::span<const std::uint32_t> shadowed_;
  std::unordered_set<std::uint32_t> roots_;  ///< types that are asked for themselves: their names stay
  std::unordered_set<std::uint32_t> selected_;
  std::vector<std::uint32_t> queue_;
  std::set<std::uint32_t> pointees_;
  std::map<std::uint32_t, std::set<std::uint32_t>> elements_;
  const std::set<std::uint32_t> no_elements_;
  std::map<std::uint32_t, std::uint32_t> least_;
  bool pointer_size_ = false;
  std::vector<std::uint32_t> pointer_ints_;
};

}  // namespace

Selection select(const btf::View& source, std::span<const core::Dependency> dependencies,
                 std::span<const std::uint32_t> shadowed) {
  return Selector(source, shadowed).run(dependencies);
}

}  // namespace minbtf::minimize
