// SPDX-License-Identifier: BSD-2-Clause
#include "unit/minimize/btf_permute.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <utility>

#include "btf/bytes.hpp"
#include "btf/essential_name.hpp"
#include "btf/kinds.hpp"
#include "btf/view.hpp"

namespace minbtf::test {

namespace {

class Permuter {
 public:
  Permuter(const std::vector<std::uint8_t>& bytes, std::uint32_t seed)
      : view_(btf::View::parse(bytes, "to permute")), random_(seed) {
    const std::size_t header = u32(bytes, 4);
    types_.assign(bytes.begin() + static_cast<std::ptrdiff_t>(header + u32(bytes, 8)),
                  bytes.begin() + static_cast<std::ptrdiff_t>(header + u32(bytes, 8) + u32(bytes, 12)));
  }

  std::vector<std::uint8_t> run() {
    choose_ids();
    shuffle_strings();
    std::vector<std::uint32_t> by_new(new_ids_.size());
    for (std::uint32_t id = 0; id < new_ids_.size(); ++id) by_new[new_ids_[id]] = id;
    std::vector<std::uint8_t> out;
    for (std::uint32_t id = 1; id < by_new.size(); ++id) append(out, by_new[id]);
    std::vector<std::uint8_t> blob = {0, 0, 1, 0};
    const bool little = view_.byte_order() == ByteOrder::little;
    blob[little ? 0 : 1] = 0x9f;
    blob[little ? 1 : 0] = 0xeb;
    for (const std::size_t word : {std::size_t{24}, std::size_t{0}, out.size(), out.size(), strings_.size()}) {
      put(blob, static_cast<std::uint32_t>(word));
    }
    blob.insert(blob.end(), out.begin(), out.end());
    blob.insert(blob.end(), strings_.begin(), strings_.end());
    return blob;
  }

 private:
  std::uint32_t u32(const std::vector<std::uint8_t>& bytes, std::size_t at) const {
    return btf::ByteView(bytes.data(), bytes.size(), view_.byte_order()).u32(at);
  }
  void put(std::vector<std::uint8_t>& out, std::uint32_t value) const {
    for (unsigned i = 0; i < 4; ++i) {
      out.push_back(static_cast<std::uint8_t>(value >> (view_.byte_order() == ByteOrder::little ? i * 8 : 24 - i * 8)));
    }
  }

  void choose_ids() {
    new_ids_.resize(view_.id_end());
    std::iota(new_ids_.begin(), new_ids_.end(), 0U);
    std::shuffle(new_ids_.begin() + 1, new_ids_.end(), random_);
    std::map<std::pair<btf::Kind, std::string>, std::vector<std::uint32_t>> groups;
    for (std::uint32_t id = 1; id < view_.id_end(); ++id) {
      const btf::Type type = view_.type(id);
      const std::string name(btf::essential_name(view_.string(type.name_off)));
      const bool tells_pointer_size = type.kind == btf::Kind::int_ && name.find("long") != std::string::npos;
      if (!name.empty()) groups[{btf::core_kind(type.kind), tells_pointer_size ? "long" : name}].push_back(id);
    }
    for (const auto& [key, ids] : groups) {
      std::vector<std::uint32_t> places;
      for (const std::uint32_t id : ids) places.push_back(new_ids_[id]);
      std::sort(places.begin(), places.end());
      for (std::size_t i = 0; i < ids.size(); ++i) new_ids_[ids[i]] = places[i];
    }
  }

  /// Writes each name once, in random order, behind an unused string.
  void shuffle_strings() {
    std::map<std::string, std::uint32_t> names;
    for (std::uint32_t id = 1; id < view_.id_end(); ++id) {
      for_each_name(id, [&](std::size_t at) { names.emplace(view_.string(u32(types_, at)), 0); });
    }
    names.erase("");
    std::vector<std::string> order;
    for (const auto& [name, offset] : names) order.push_back(name);
    std::shuffle(order.begin(), order.end(), random_);
    strings_ = {0, 'x', 0};
    for (const std::string& name : order) {
      offsets_[name] = static_cast<std::uint32_t>(strings_.size());
      strings_.insert(strings_.end(), name.begin(), name.end());
      strings_.push_back(0);
    }
    offsets_[""] = 0;
  }

  template <typename Visit>
  void for_each_name(std::uint32_t id, Visit visit) const {
    const btf::Type type = view_.type(id);
    const btf::KindShape& shape = btf::shape(type.kind);
    visit(type.at - btf::type_header_size);
    for (std::uint32_t i = 0; shape.elem_name >= 0 && i < type.vlen; ++i) {
      visit(type.at + i * shape.elem_size + static_cast<std::size_t>(shape.elem_name));
    }
  }

  void append(std::vector<std::uint8_t>& out, std::uint32_t id) {
    const btf::Type type = view_.type(id);
    const btf::KindShape& shape = btf::shape(type.kind);
    const std::size_t begin = type.at - btf::type_header_size;
    const std::size_t size =
        btf::type_header_size + shape.info_size + (shape.elem_size == 0 ? 0 : std::size_t{type.vlen} * shape.elem_size);
    std::map<std::size_t, std::uint32_t> changed;
    for_each_name(id, [&](std::size_t at) { changed[at] = offsets_.at(std::string(view_.string(u32(types_, at)))); });
    const auto refer = [&](std::size_t at) { changed[at] = new_ids_[u32(types_, at)]; };
    if (shape.third == btf::Third::type) refer(begin + 8);
    for (const std::int8_t offset : shape.info_types) {
      if (offset >= 0) refer(type.at + static_cast<std::size_t>(offset));
    }
    for (std::uint32_t i = 0; shape.elem_type >= 0 && i < type.vlen; ++i) {
      refer(type.at + i * shape.elem_size + static_cast<std::size_t>(shape.elem_type));
    }
    for (std::size_t at = begin; at < begin + size; at += 4) {
      const auto found = changed.find(at);
      put(out, found != changed.end() ? found->second : u32(types_, at));
    }
  }

  btf::View view_;
  std::mt19937 random_;
  std::vector<std::uint8_t> types_;
  std::vector<std::uint8_t> strings_;
  std::map<std::string, std::uint32_t> offsets_;
  std::vector<std::uint32_t> new_ids_;
};

}  // namespace

std::vector<std::uint8_t> permute_types(const std::vector<std::uint8_t>& btf, std::uint32_t seed) {
  return Permuter(btf, seed).run();
}

}  // namespace minbtf::test
