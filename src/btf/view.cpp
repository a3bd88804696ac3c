#include "btf/view.hpp"

namespace minbtf {

namespace btf {

void Index::make_room(std::size_t type_bytes) {
  const std::size_t most = type_bytes / btf::type_header_size + 1;  // and `void`
  if (named_ == nullptr || most > room_) {                          // an index that was moved from has none
    offsets_.reset();
    named_.reset();
    offsets_ = std::make_unique_for_overwrite<std::uint32_t[]>(most);
    named_ = std::make_unique_for_overwrite<NamedType[]>(most);
    room_ = most;
  }
  integers_.clear();
  id_end = 0;
  named_count = 0;
}

Enumerator View::enumerator(const Type& type, std::uint32_t index) const noexcept {
  if (type.kind == Kind::enum64) {
    const std::uint32_t at = type.at + index * 12;
    return {.name_off = types_.u32(at),
            .value = types_.u32(at + 4) | (static_cast<std::uint64_t>(types_.u32(at + 8)) << 32U)};
  }
  const std::uint32_t at = type.at + index * 8;
  const auto value = static_cast<std::int32_t>(types_.u32(at + 4));
  return {.name_off = types_.u32(at), .value = static_cast<std::uint64_t>(static_cast<std::int64_t>(value))};
}

}  // namespace btf

Btf Btf::parse(std::vector<std::uint8_t> bytes, std::string name) {
  return Btf(std::make_shared<const btf::View>(btf::View::parse(std::move(bytes), std::move(name))));
}

const std::string& Btf::name() const noexcept { return view_->name(); }
std::size_t Btf::size() const noexcept { return view_->byte_size(); }
std::uint32_t Btf::type_count() const noexcept { return view_->id_end() - 1; }
ByteOrder Btf::byte_order() const noexcept { return view_->byte_order(); }

}  // namespace minbtf
