// What an object asks of a kernel, put together for people: its questions by type, and what takes the BTF of the kernel
// that runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "minbtf/bpf_object.hpp"
#include "minbtf/resolution.hpp"
#include "object/kernel_needs.hpp"

namespace minbtf {

struct InspectedProgram {
  std::string name;
  std::string section;
  bool subprogram = false;         ///< called by others, loaded with them
  bool loaded_by_default = false;  ///< the section does not begin with `?`
  /// Of a subprogram: programs that call it, directly or not, as indices into Inspection::programs. None if there are
  /// more calls of subprograms in the object than are followed.
  std::vector<std::size_t> callers = {};
};

/// An instruction. Its texts are Inspection::object's.
struct SourcePlace {
  std::size_t program = object::no_program;  ///< index into Inspection::programs
  std::string_view section;
  std::uint32_t insn = 0;    ///< number within the program, or the section if there is no program
  std::string_view file;     ///< as the compiler wrote it; empty if the line is not known
  std::uint32_t line = 0;    ///< from 1
  std::uint32_t column = 0;  ///< from 1; 0 if it is not known
};

/// Equal questions of an object are one.
struct InspectedQuestion {
  RelocationKind kind = RelocationKind::field_byte_offset;
  std::string subject;  ///< "struct task_struct::real_parent"
  bool asks = false;    ///< false: answered without a kernel, or `failure` says why not at all
  Failure failure = Failure::none;
  std::vector<SourcePlace> places;  ///< by program and instruction, those in no program last
};

struct InspectedType {
  std::string name;  ///< "struct task_struct"; empty for what cannot be told
  std::vector<InspectedQuestion> questions;
};

struct InspectedNeed {
  object::NeedKind kind = object::NeedKind::function;
  std::size_t program = object::no_program;  ///< index into Inspection::programs; no_program: the object as such
  std::string subject;                       ///< see object::KernelNeed
  bool weak = false;
  std::vector<SourcePlace> places;
};

/// `extern const void ... __ksym`: an address that libbpf takes from /proc/kallsyms.
struct InspectedAddress {
  std::string name;
  bool weak = false;
  std::vector<SourcePlace> places;
};

struct Inspection {
  std::optional<BpfObject> object;  ///< what was inspected; it can be missing if all texts live longer
  std::string path;
  std::string note;         ///< why there is nothing to relocate; empty if there is something
  std::string line_damage;  ///< why no lines are known; empty if nothing is wrong with them
  std::vector<InspectedProgram> programs;
  ByteOrder byte_order = ByteOrder::little;
  std::size_t relocations = 0;
  std::size_t questions = 0;         ///< different ones
  std::vector<InspectedType> types;  ///< by name
  std::vector<InspectedNeed> needs;
  std::vector<InspectedAddress> addresses;
  object::WithoutBtf without_btf = object::WithoutBtf::loads;
};

/// `bytes` are those that `object` was parsed from. Throws Error.
[[nodiscard]] Inspection inspect(const BpfObject& object, std::span<const std::uint8_t> bytes);

}  // namespace minbtf
