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

class Selector {
 public:
  explicit Selector(const btf::View& source) : source_(source) {}

  Selection run(std::span<const Dependency> dependencies) {
    collect(dependencies);
    for (const auto& [id, count] : least_) fill_up(id, count);
    // From here on elements_ is what it will be.
    for (const Dependency& dependency : dependencies) take(dependency.id);
    follow_all();
    if (pointer_size_) take_pointer_ints();
    return result();
  }

 private:
  void collect(std::span<const Dependency> dependencies) {
    for (const Dependency& dependency : dependencies) {
      switch (dependency.what) {
        case Dependency::What::type:
          break;
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
      }
    }
  }

  /// Which ones make up the number does not matter; the first ones depend on nothing but the type.
  void fill_up(std::uint32_t id, std::uint32_t count) {
    std::set<std::uint32_t>& elements = elements_[id];
    const std::uint32_t vlen = source_.type(id).vlen;
    for (std::uint32_t i = 0; i < vlen && elements.size() < count; ++i) elements.insert(i);
  }

  /// `void` is never stored, and a kind of unknown shape cannot be.
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

  /// One INT can tell every loader, if old and new ones learn the same from the whole: any of an old spelling and the
  /// right size. Best is one that is selected anyway, then the one with the shortest name.
  void take_pointer_ints() {
    const btf::PointerSize& size = source_.pointer_size();
    if (size.type == 0) return;
    const auto bytes = [&](std::uint32_t id) { return source_.type(id).size_or_type; };
    const auto cost = [&](std::uint32_t id) {
      const std::string_view name = source_.string(source_.type(id).name_off);
      return std::tuple(!selected_.contains(id), name.size(), name);
    };
    if (!size.old_types.empty() && bytes(size.old_types.front()) == size.bytes) {
      std::uint32_t best = size.old_types.front();
      // A candidate of that name, which may have to come before, has another size.
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
      SelectedType type = {.id = id, .pointee = pointees_.contains(id), .elements = {}};
      const auto elements = elements_.find(id);
      if (elements != elements_.end()) type.elements.assign(elements->second.begin(), elements->second.end());
      selection.types.push_back(std::move(type));
    }
    return selection;
  }

  const btf::View& source_;
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

Selection select(const btf::View& source, std::span<const core::Dependency> dependencies) {
  return Selector(source).run(dependencies);
}

}  // namespace minbtf::minimize
