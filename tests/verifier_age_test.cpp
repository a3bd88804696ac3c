#include "core/verifier_age.hpp"

#include <catch2/catch.hpp>

#include "support/btf_forge.hpp"

using namespace minbtf;
using core::Verifier;
using test::BtfForge;

namespace {

Verifier told_by(const BtfForge& forge) { return core::verifier_of(btf::View::parse(forge.bytes(), "kernel")); }

BtfForge with_helpers(const std::vector<test::ForgedEnumerator>& helpers) {
  BtfForge forge;
  forge.integer("int", 4, 1);
  forge.enumeration("bpf_func_id", 4, helpers);
  return forge;
}

}  // namespace

TEST_CASE("verifier age: helpers tell it") {
  CHECK(told_by(with_helpers({{"BPF_FUNC_unspec", 0}, {"BPF_FUNC_spin_lock", 93}, {"__BPF_FUNC_MAX_ID", 94}})) ==
        Verifier::linux_5_1);
  CHECK(told_by(with_helpers({{"BPF_FUNC_unspec", 0}, {"BPF_FUNC_override_return", 58}})) == Verifier::linux_4_16);
  CHECK(told_by(with_helpers({{"BPF_FUNC_unspec", 0}, {"BPF_FUNC_map_lookup_elem", 1}})) == Verifier::any);
}

TEST_CASE("verifier age: without helpers nothing is known") {
  CHECK(told_by(BtfForge()) == Verifier::any);
  BtfForge other;
  other.structure("bpf_func_id", 0, {});
  CHECK(told_by(other) == Verifier::any);
  other.enumeration("bpf_func_id", 4, {{"BPF_FUNC_spin_lock", 93}});
  CHECK(told_by(other) == Verifier::linux_5_1);
}
