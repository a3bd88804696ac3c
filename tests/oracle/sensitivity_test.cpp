// SPDX-License-Identifier: BSD-2-Clause
// A test of the oracle: a change in a reduced BTF must change a verdict. A comparison that would accept any output
// proves nothing. Parts that can be changed without an effect were kept unnecessarily, or as a guard.
#include <catch2/catch.hpp>
#include <functional>
#include <iostream>

#include "support/libbpf/oracle_compare.hpp"

namespace minbtf::test {

namespace {

struct Changes {
  std::size_t made = 0;
  std::vector<std::string> unnoticed;
};

/// A reduced BTF that is changed in place, in libbpf's memory.
class Patient {
 public:
  Patient(const std::vector<OracleObject>& objects, OracleKernel& kernel) : objects_(objects) {
    std::vector<BpfObject> parsed;
    for (const OracleObject& object : objects) parsed.push_back(object.parsed());
    bytes_ = Plan(std::move(parsed)).minimize(kernel.btf).bytes;
    for (const OracleObject& object : objects_) expected_.push_back(verdicts(object, kernel.target));
  }

  /// Compares the unchanged BTF.
  [[nodiscard]] bool healthy() { return same(ResolverTarget(bytes_, "unchanged")); }

  /// Calls `change` for each type and each number below `count`. `change` describes its change, or returns an empty
  /// text.
  void each(const std::function<std::uint32_t(const struct btf_type&)>& count,
            const std::function<std::string(struct btf_type&, std::uint32_t)>& change, Changes& out) {
    const ResolverTarget original(bytes_, "reduced");
    for (std::uint32_t id = 1; id < btf__type_cnt(original.btf()); ++id) {
      const std::uint32_t end = count(*btf__type_by_id(original.btf(), id));
      for (std::uint32_t i = 0; i < end; ++i) {
        ResolverTarget changed(bytes_, "changed");
        auto* type = const_cast<struct btf_type*>(btf__type_by_id(changed.btf(), id));
        const std::string what = change(*type, i);
        if (what.empty()) continue;
        ++out.made;
        if (same(std::move(changed))) out.unnoticed.push_back(type_text(original.btf(), id) + ": " + what);
      }
    }
  }

 private:
  /// Resolves with all programs and with each program alone: types that are kept for one case may be unused in the
  /// other.
  static std::vector<Verdict> verdicts(const OracleObject& object, ResolverTarget& target) {
    const std::size_t programs = object.parsed().programs().size();
    std::vector<Verdict> out = object.resolver.resolve(target, std::vector<bool>(programs, true), Rules::linked);
    for (const std::vector<bool>& one : each_program_alone()(programs)) {
      for (Verdict& verdict : object.resolver.resolve(target, one, Rules::linked)) out.push_back(std::move(verdict));
    }
    return out;
  }

  [[nodiscard]] bool same(ResolverTarget target) const {
    for (std::size_t i = 0; i < objects_.size(); ++i) {
      if (!(verdicts(objects_[i], target) == expected_[i])) return false;
    }
    return true;
  }

  const std::vector<OracleObject>& objects_;
  std::vector<std::vector<Verdict>> expected_;
  std::vector<std::uint8_t> bytes_;
};

void report(const char* what, const Changes& changes) {
  std::cout << what << ": " << changes.made << " changes, " << changes.unnoticed.size() << " unnoticed\n";
  for (const std::string& each : changes.unnoticed) std::cout << "    " << each << '\n';
}

}  // namespace

TEST_CASE("sensitivity: changes in a reduced BTF change a verdict") {
  listen_to_libbpf();
  const std::vector<OracleObject> objects = little_endian_objects();
  const std::vector<KernelFile> files = selected_kernel_files();
  if (files.empty()) return missing("a kernel's BTF");
  OracleKernel kernel = files.front().load();
  std::cout << kernel.name() << '\n';
  Patient patient(objects, kernel);
  REQUIRE(patient.healthy());

  const auto members = [](const struct btf_type& type) -> std::uint32_t {
    return btf_is_composite(&type) ? btf_vlen(&type) : 0;
  };
  const auto once = [](const struct btf_type&) -> std::uint32_t { return 1; };

  Changes offsets;
  patient.each(
      members,
      [](struct btf_type& type, std::uint32_t i) {
        btf_members(&type)[i].offset += 64;  // the low 24 bits; the high 8 bits may be the size of a bitfield
        return "offset of member " + std::to_string(i);
      },
      offsets);
  report("offsets of members", offsets);

  Changes names;
  patient.each(
      once,
      [](struct btf_type& type, std::uint32_t) {
        if (type.name_off == 0) return std::string();
        type.name_off = 0;
        return std::string("name");
      },
      names);
  report("names of types", names);

  CHECK(offsets.made > 100);
  CHECK(names.made > 50);
  // The offset of a member has no effect if only type_matches compares the member. The name of an integer or typedef on
  // an access path has no effect either.
  CHECK(offsets.unnoticed.size() * 8 < offsets.made);
  CHECK(names.unnoticed.size() * 3 < names.made);
}

}  // namespace minbtf::test
