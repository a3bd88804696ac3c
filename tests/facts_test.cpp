#include "object/facts.hpp"

#include <catch2/catch.hpp>

#include "object/object_data.hpp"
#include "support/error_text.hpp"
#include "support/fixtures.hpp"
#include "support/forged_samples.hpp"
#include "support/line_forge.hpp"
#include "support/temp_dir.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes object_bytes(const std::string& name, const std::string& order) {
  const std::string text = contents_of(bpf_object(name, order));
  return {text.begin(), text.end()};
}

}  // namespace

TEST_CASE("facts: of an object that clang wrote") {
  const std::string order = GENERATE("el", "eb");
  const Bytes bytes = object_bytes("kernel_needs", order);
  const BpfObject object = BpfObject::parse(bytes, "object");
  CHECK(object.programs().size() == 11);
  CHECK(object.note() == "no CO-RE relocations");
  const object::Facts facts = object::read_facts(bytes, object);
  CHECK(facts.line_damage.empty());
  CHECK(facts.lines.find("kprobe/vfs_open", 0, 0));
  CHECK(facts.symbols.size() == 6);
  std::size_t attached = 0;
  for (const object::KernelNeed& need : facts.needs) {
    if (need.kind <= object::NeedKind::struct_ops) ++attached;
  }
  CHECK(attached == 7);
  CHECK(facts.needs.size() == 7 + 4 + 1);
}

TEST_CASE("facts: line info that is damaged is none, and the rest is read") {
  const auto damage = [](std::size_t at, std::uint32_t value) {
    return [=](Bytes& bytes) { set_u32(bytes, at, value, ByteOrder::little); };
  };
  // line_info_off and line_info_len of the header.
  const std::vector<std::pair<std::function<void(Bytes&)>, std::string>> rows = {
      {damage(16, 3), ""},  // no bytes of it
      {damage(20, 0x10000), ".BTF.ext+0x10: the line info records (65536 bytes at 32) reach beyond the section's "},
      {damage(20, 3), ".BTF.ext+0x20: no room for the record size"},
  };
  for (const auto& [edit, expected] : rows) {
    const Bytes bytes = sample_object({.edit_btf_ext = edit});
    const BpfObject object = BpfObject::parse(bytes, "object");
    CHECK(object.relocation_count() != 0);
    const object::Facts facts = object::read_facts(bytes, object);
    CHECK(facts.line_damage.starts_with(expected));
    CHECK(facts.line_damage.empty() == expected.empty());
    CHECK_FALSE(facts.lines.find(object.programs()[0].section, 0, 0));
    CHECK_FALSE(facts.needs.empty());
  }
}

TEST_CASE("facts: without BTF, without .BTF.ext") {
  for (const ForgedObjectOptions& options :
       {ForgedObjectOptions{.without_btf = true}, ForgedObjectOptions{.without_btf_ext = true}}) {
    const Bytes bytes = sample_object(options);
    const BpfObject object = BpfObject::parse(bytes, "object");
    const object::Facts facts = object::read_facts(bytes, object);
    CHECK(facts.line_damage.empty());
    CHECK(facts.symbols.empty());
  }
}

TEST_CASE("facts: an object that is cut off anywhere is an error or is read") {
  const Bytes whole = object_bytes("kernel_needs", "el");
  std::size_t errors = 0;
  for (std::size_t length = 0; length < whole.size(); length += 13) {
    const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    const std::string text = error_text([&] {
      const BpfObject object = BpfObject::parse(part, "object");
      (void)object::read_facts(part, object);
    });
    if (text != "no error") ++errors;
    CHECK((text == "no error" || text.starts_with("damaged: object: ") || text.starts_with("wrong_file: object: ")));
  }
  CHECK(errors != 0);
}

}  // namespace minbtf::test
