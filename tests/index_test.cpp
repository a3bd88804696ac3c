#include "btf/index.hpp"

#include <catch2/catch.hpp>
#include <utility>

#include "btf/view.hpp"
#include "support/error_text.hpp"
#include "support/forged_samples.hpp"

namespace minbtf::test {

using btf::Index;
using btf::View;

namespace {

using Bytes = std::vector<std::uint8_t>;

/// Writes to all that make_room() promised, so that AddressSanitizer sees if it is not there.
void use(Index& index, std::size_t type_bytes) {
  index.make_room(type_bytes);
  REQUIRE(index.offsets() != nullptr);
  REQUIRE(index.named() != nullptr);
  CHECK(index.id_end == 0);
  CHECK(index.named_count == 0);
  CHECK(index.integers().empty());
  const auto types = static_cast<std::uint32_t>(type_bytes / 12);
  index.offsets()[0] = 0;
  for (std::uint32_t id = 1; id <= types; ++id) {
    index.offsets()[id] = id * 12;
    index.named()[id - 1] = {.id = id, .name_off = 1};
    index.integers().push_back(id);
  }
  index.id_end = types + 1;
  index.named_count = types;
}

/// `count` structs called s1, s2, ..., with an `int` in front and a `long int` behind.
Bytes kernel_of(std::uint32_t count, ByteOrder order = ByteOrder::little) {
  BtfForge forge(order);
  const std::uint32_t int_ = forge.integer("int", 4, 1);
  for (std::uint32_t i = 1; i <= count; ++i) forge.structure("s" + std::to_string(i), 4, {{"a", int_, 0}});
  forge.integer("long int", 8, 1);
  return forge.bytes();
}

/// Everything that an index says about the types of a view.
std::string types_of(const View& view) {
  std::string all = "pointer " + std::to_string(view.pointer_size().type) + ":";
  for (std::uint32_t id = 1; id < view.id_end(); ++id) {
    const btf::Type type = view.type(id);
    all += " " + std::to_string(static_cast<int>(type.kind)) + "@" + std::to_string(type.at);
  }
  all += " named:";
  for (const btf::NamedType& each : view.named_types()) {
    all += " " + std::to_string(each.id) + "=" + std::string(view.string(each.name_off));
  }
  return all;
}

}  // namespace

TEST_CASE("index: room for a record of twelve bytes after the other") {
  Index index;
  for (const std::size_t bytes : {0U, 1U, 11U, 12U, 23U, 24U, 1000U, 36U, 0U, 999U, 100000U, 12U}) use(index, bytes);
}

TEST_CASE("index: memory that is large enough is used again") {
  Index index;
  use(index, 1200);
  const auto* const offsets = index.offsets();
  const auto* const named = index.named();
  for (const std::size_t bytes : {1200U, 12U, 0U, 1199U, 1200U}) {
    use(index, bytes);
    CHECK(index.offsets() == offsets);
    CHECK(index.named() == named);
  }
}

TEST_CASE("index: moved, the memory goes along, and what is left can be used") {
  Index first;
  use(first, 1200);
  const auto* const offsets = first.offsets();
  Index second = std::move(first);
  CHECK(second.offsets() == offsets);
  CHECK(second.id_end == 101);
  CHECK(second.named_count == 100);
  CHECK(second.integers().size() == 100);
  // Less than it had room for, and more.
  use(first, 600);
  CHECK(first.offsets() != offsets);
  use(first, 2400);
  use(second, 1200);
  CHECK(second.offsets() == offsets);
  first = std::move(second);
  CHECK(first.offsets() == offsets);
  use(second, 12);
  use(first, 1200);
}

TEST_CASE("index: one kernel after another, larger or smaller") {
  Index index;
  for (const auto order : {ByteOrder::little, ByteOrder::big, ByteOrder::little}) {
    for (const std::uint32_t count : {3U, 500U, 2U, 0U, 500U, 501U, 40U, 2000U, 1U}) {
      INFO(count << " types");
      const Bytes bytes = kernel_of(count, order);
      View view = View::parse_in_place(bytes, "kernel", std::move(index));
      CHECK(view.id_end() == count + 3);
      CHECK(view.named_types().size() == count + 2);
      CHECK(view.pointer_size().type == count + 2);
      CHECK(types_of(view) == types_of(View::parse(bytes, "kernel")));
      index = std::move(view).take_index();
    }
  }
}

TEST_CASE("index: after a kernel that was refused") {
  BtfForge forge;
  for (int i = 0; i < 100; ++i) forge.integer("int", 4);
  forge.ptr(102);
  const Bytes damaged = forge.bytes();
  Index index;
  use(index, 120000);
  for (const std::uint32_t count : {200U, 3U}) {
    CHECK(error_text([&] { (void)View::parse_in_place(damaged, "kernel", std::move(index)); }) ==
          "damaged: kernel: types+0x640: type [101] refers to type id 102, the file has 101 types (BTF of a module "
          "cannot be read without its base)");
    const Bytes bytes = kernel_of(count);
    View view = View::parse_in_place(bytes, "kernel", std::move(index));
    CHECK(types_of(view) == types_of(View::parse(bytes, "kernel")));
    index = std::move(view).take_index();
  }
}

}  // namespace minbtf::test
