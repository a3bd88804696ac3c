// SPDX-License-Identifier: BSD-2-Clause
#include "inputs/type_pool.hpp"

namespace minbtf::bench {

CommonTypes::CommonTypes(test::BtfForge& forge) : forge_(forge) {
  integers();
  typedefs();
  others();
}

void CommonTypes::integers() {
  enum Encoding : std::uint32_t { is_unsigned = 0, is_signed = 1, is_bool = 4 };
  const auto integer = [&](const char* name, std::uint32_t bytes, Encoding encoding) {
    const Value value = {forge_.integer(name, bytes, encoding), bytes, bytes};
    pool_.integers.push_back(value);
    by_name_.emplace(name, value);
  };
  integer("long unsigned int", 8, is_unsigned);
  integer("char", 1, is_signed);
  integer("int", 4, is_signed);
  integer("unsigned int", 4, is_unsigned);
  integer("long int", 8, is_signed);
  integer("short int", 2, is_signed);
  integer("short unsigned int", 2, is_unsigned);
  integer("unsigned char", 1, is_unsigned);
  integer("signed char", 1, is_signed);
  integer("long long int", 8, is_signed);
  integer("long long unsigned int", 8, is_unsigned);
  integer("_Bool", 1, is_bool);
  integer("__int128 unsigned", 16, is_unsigned);
  by_name_.emplace("unsigned long", named("long unsigned int"));
  by_name_.emplace("long", named("long int"));
  by_name_.emplace("short", named("short int"));
}

void CommonTypes::typedefs() {
  const auto typedef_of = [&](const char* name, const char* of) {
    const Value old = named(of);
    const Value value = {forge_.typedef_(name, old.id), old.bytes, old.align};
    pool_.typedefs.push_back(value);
    by_name_.emplace(name, value);
  };
  typedef_of("__u8", "unsigned char");
  typedef_of("__u16", "short unsigned int");
  typedef_of("__u32", "unsigned int");
  typedef_of("__u64", "long long unsigned int");
  typedef_of("u8", "__u8");
  typedef_of("u16", "__u16");
  typedef_of("u32", "__u32");
  typedef_of("u64", "__u64");
  typedef_of("size_t", "long unsigned int");
  typedef_of("pid_t", "int");
  typedef_of("bool", "_Bool");
  typedef_of("dev_t", "u32");
  typedef_of("loff_t", "long long int");
}

void CommonTypes::others() {
  const Value to_void = pointer_value(forge_.ptr(0));
  const Value to_text = pointer_value(forge_.ptr(forge_.const_(named("char").id)));
  const Value to_bytes = pointer_value(forge_.ptr(forge_.const_(named("unsigned char").id)));
  by_name_.emplace("void*", to_void);
  by_name_.emplace("char*", to_text);
  by_name_.emplace("unsigned char*", to_bytes);
  pool_.pointers = {to_void, to_text};
  pool_.callbacks = {to_void};
  pool_.qualified = {to_text.id};
  const Value text = array(named("char"), 16);
  const Value open_end = array(named("u8"), 0);
  pool_.arrays = {text, open_end};
  const std::uint32_t node = forge_.next_id();
  const std::uint32_t to_node = node + 1;
  (void)forge_.structure("list_head", 16, {{"next", to_node, 0}, {"prev", to_node, 64}});
  (void)forge_.ptr(node);
  pool_.composites = {{node, 16, 8}};
  pool_.structures = {node};
  pool_.enums = {{forge_.enumeration("irqreturn", 4, {{"IRQ_NONE", 0}, {"IRQ_HANDLED", 1}}), 4, 4}};
  (void)forge_.float_("double", 8);
}

Value CommonTypes::array(const Value& element, std::uint32_t count) {
  return {forge_.array(element.id, named("long unsigned int").id, count), element.bytes * count, element.align};
}

}  // namespace minbtf::bench
