// SPDX-License-Identifier: BSD-2-Clause
// Parses a BPF object, and reads every record as a question. An invalid record is a question that fails. Only an
// invalid file is an error.
#include "fuzz/harness.hpp"
#include "minbtf/error.hpp"
#include "minbtf/plan.hpp"
#include "object/kernel_needs.hpp"
#include "object/object_data.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minbtf;
  try {
    const BpfObject object = BpfObject::parse({data, data + size}, "fuzzed");
    test::require(object.note().empty() == (object.relocation_count() != 0), "a note instead of records");
    for (const object::Record& record : object::data_of(object).records) {
      const bool in_program = record.program < object.programs().size();
      test::require(in_program || record.program == object::no_program, "records name programs that exist");
      test::require(
          !in_program || object.programs()[record.program].section == object::data_of(object).sections[record.section],
          "a record and its program are in one section");
    }
    const Plan plan({object});
    for (std::size_t i = 0; i < object.relocation_count(); ++i) {
      test::require(!plan.describe(0, i).subject.empty(), "every record can be described");
    }
    for (const object::KernelNeed& need : object::read_facts({data, data + size}, object).needs) {
      test::require(need.program < object.programs().size() || need.insn_offs.empty(), "instructions are in programs");
    }
  } catch (const Error& error) {
    test::require(error.kind() != ErrorKind::internal, error.what());
  }
  return 0;
}
