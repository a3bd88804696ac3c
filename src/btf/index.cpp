#include "btf/index.hpp"

#include "wire/kinds.hpp"

namespace minbtf::btf {

void Index::make_room(std::size_t type_bytes) {
  const std::size_t most = type_bytes / wire::type_header_size + 1;  // and `void`
  if (named_ == nullptr || most > room_) {                           // an index that was moved from has none
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

}  // namespace minbtf::btf
