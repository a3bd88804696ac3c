// SPDX-License-Identifier: BSD-2-Clause
#include "inputs/object_source.hpp"

#include <algorithm>
#include <vector>

#include "inputs/random.hpp"
#include "inputs/wanted.hpp"

namespace minbtf::bench {

namespace {

constexpr std::size_t questions_per_program = 25;

constexpr const char* prelude = R"(typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define CORE __attribute__((preserve_access_index))
#define FIELD(type, field, what) __builtin_preserve_field_info(((type*)0)->field, what)
#define TYPE(type, what) __builtin_preserve_type_info(*(type*)0, what)
#define ENUM(type, value, what) __builtin_preserve_enum_value(*(type*)value, what)

volatile u64 answers;

)";

enum FieldInfo { byte_offset, byte_size, exists, is_signed, lshift, rshift };  // enum bpf_field_info_kind

std::string declaration(const WantedStruct& type) {
  std::string text = "struct " + type.name + " {\n";
  for (const WantedMember& member : type.members) {
    text += "  " + member.type + " " + member.name;
    if (member.elements != 0) text += "[" + std::to_string(member.elements) + "]";
    if (member.bits != 0) text += " : " + std::to_string(member.bits);
    text += ";\n";
  }
  return text + "} CORE;\n\n";
}

std::string declaration(const WantedEnum& type) {
  std::string text = "enum " + type.name + " {";
  for (const std::string& enumerator : type.enumerators) text += " " + enumerator + ",";
  return text + " };\n\n";
}

class Questions {
 public:
  Questions() {
    for (const WantedStruct& type : wanted_structs()) about(type, false);
    for (const WantedStruct& type : local_flavors()) about(type, true);
    for (const WantedEnum& type : wanted_enums()) {
      for (const std::string& enumerator : type.enumerators) {
        for (const char* what : {"0", "1"})
          all_.push_back("ENUM(enum " + type.name + ", " + enumerator + ", " + what + ")");
      }
    }
  }

  [[nodiscard]] const std::vector<std::string>& all() const { return all_; }

 private:
  void about(const WantedStruct& type, bool is_flavor) {
    for (const WantedMember& member : type.members) {
      std::vector<FieldInfo> asked = {byte_offset};
      if (member.bits != 0) asked = {byte_offset, byte_size, is_signed, lshift, rshift};
      if (is_flavor) asked.push_back(exists);
      std::string field = member.name;
      if (member.elements > 1 && member.type != "char") field += "[1]";
      for (const FieldInfo what : asked) {
        all_.push_back("FIELD(struct " + type.name + ", " + field + ", " + std::to_string(what) + ")");
      }
    }
    if (is_flavor || type.others > 50) all_.push_back("TYPE(struct " + type.name + ", 0)");
  }

  std::vector<std::string> all_;
};

const std::vector<std::string>& questions() {
  static const std::vector<std::string> all = Questions().all();
  return all;
}

}  // namespace

std::size_t question_count() { return questions().size(); }

std::string object_source(std::uint64_t seed, std::size_t relocations) {
  Random random(seed);
  std::string text = prelude;
  for (const WantedStruct& type : wanted_structs()) text += declaration(type);
  for (const WantedStruct& type : local_flavors()) text += declaration(type);
  for (const WantedEnum& type : wanted_enums()) text += declaration(type);
  std::vector<std::string> order = questions();
  for (std::size_t asked = 0; asked < relocations; asked += questions_per_program) {
    random.shuffle(order);
    const std::string number = std::to_string(asked / questions_per_program);
    text +=
        "__attribute__((section(\"kprobe/function_" + number + "\"), used)) int program_" + number + "(void* ctx) {\n";
    for (std::size_t i = 0; i < std::min(questions_per_program, relocations - asked); ++i) {
      text += "  answers += " + order[i] + ";\n";
    }
    text += "  return 0;\n}\n\n";
  }
  return text + "char program_license[] __attribute__((section(\"license\"), used)) = \"GPL\";\n";
}

}  // namespace minbtf::bench
