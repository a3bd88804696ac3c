// SPDX-License-Identifier: BSD-2-Clause
#include "support/libbpf/libbpf_resolver.hpp"

#include <bpf/libbpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <new>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "object/object_data.hpp"

namespace minbtf::test {

namespace {

constexpr std::uint32_t bad_relocation = 195896080;  // the imm with which libbpf marks a poisoned instruction
constexpr std::uint8_t call_code = BPF_JMP | BPF_CALL;

/// Parts of libbpf's format strings that distinguish its failures.
constexpr std::array<std::string_view, 12> known_warnings = {
    "field offset ambiguity", "relocation decision ambiguity", "applied to array access",  "satisfied for bitfield",
    "value too big",          "unexpected mem size",           "invalid new mem size",     "unexpected insn",
    "unrecognized insn",      "has unexpected form",           "error matching candidate", "parsing ["};

std::string_view last_warning;  // global: libbpf has one print callback for each process

int note_warning(enum libbpf_print_level level, const char* format, va_list) {
  if (level != LIBBPF_WARN) return 0;
  const std::string_view text = format;
  for (const std::string_view known : known_warnings) {
    if (text.find(known) != std::string_view::npos) last_warning = known;
  }
  return 0;
}

/// An anonymous file in memory: btf__parse() takes a path. No file remains on disk.
class MemoryFile {
 public:
  explicit MemoryFile(std::span<const std::uint8_t> bytes) : fd_(memfd_create("object", MFD_CLOEXEC)) {
    if (fd_ < 0) throw std::runtime_error("memfd_create failed");
    for (std::size_t done = 0; done < bytes.size();) {
      const ssize_t written = write(fd_, bytes.data() + done, bytes.size() - done);
      if (written <= 0) throw std::runtime_error("cannot write a memory file");
      done += static_cast<std::size_t>(written);
    }
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { close(fd_); }
  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

std::string_view name_of(const struct btf* btf, std::uint32_t offset) {
  const char* name = btf__name_by_offset(btf, offset);
  return name == nullptr ? std::string_view() : std::string_view(name);
}

std::string essential(std::string_view name) {
  std::string copy(name);
  copy.resize(bpf_core_essential_name_len(copy.c_str()));
  return copy;
}

std::string kind_text(const struct btf_type* type) {
  static constexpr std::array<const char*, 20> names = {
      "void",  "int",      "ptr",  "array",      "struct", "union",   "enum",  "fwd",      "typedef",  "volatile",
      "const", "restrict", "func", "func_proto", "var",    "datasec", "float", "decl_tag", "type_tag", "enum64"};
  const std::uint32_t kind = btf_kind(type);
  return kind < names.size() ? names[kind] : "kind " + std::to_string(kind);
}

bool accesses_memory(std::uint8_t code) {
  const std::uint8_t instruction_class = BPF_CLASS(code);
  return instruction_class == BPF_LDX || instruction_class == BPF_ST || instruction_class == BPF_STX;
}

std::uint32_t access_size(std::uint8_t code) {
  switch (BPF_SIZE(code)) {
    case BPF_DW:
      return 8;
    case BPF_W:
      return 4;
    case BPF_H:
      return 2;
    default:
      return 1;
  }
}

bool is_long_load(const struct bpf_insn& insn) { return insn.code == (BPF_LD | BPF_IMM | BPF_DW); }

struct bpf_insn to_libbpf(const object::Instruction& instruction) {
  struct bpf_insn out = {};
  out.code = instruction.code;
  out.dst_reg = instruction.dst_reg & 0xfU;
  out.src_reg = instruction.src_reg & 0xfU;
  out.off = instruction.off;
  out.imm = instruction.imm;
  return out;
}

struct bpf_core_relo to_libbpf(const object::Record& record) {
  struct bpf_core_relo out = {};
  out.insn_off = record.insn_off;
  out.type_id = record.type_id;
  out.access_str_off = record.access_str_off;
  out.kind = static_cast<enum bpf_core_relo_kind>(record.kind);
  return out;
}

using Candidates = std::vector<struct bpf_core_cand>;

/// Skips the kinds that libbpf's skip_mods_and_typedefs() skips.
std::uint32_t underlying(const struct btf* btf, std::uint32_t id) {
  for (;;) {
    const struct btf_type* type = btf__type_by_id(btf, id);
    if (!btf_is_mod(type) && !btf_is_typedef(type)) return id;
    id = type->type;
  }
}

bool is_array(const struct btf* btf, std::uint32_t id) { return btf_is_array(btf__type_by_id(btf, id)); }

std::uint32_t element_size(const struct btf* btf, std::uint32_t id) {
  while (is_array(btf, id)) id = underlying(btf, btf_array(btf__type_by_id(btf, id))->type);
  return static_cast<std::uint32_t>(btf__resolve_size(btf, id));
}

/// Returns the signedness of the last field of a spec by the rule of the newest libbpf.
bool is_signed(const struct bpf_core_spec& spec) {
  const struct bpf_core_accessor& last = spec.spec[spec.len - 1];
  const struct btf_type* composite = btf__type_by_id(spec.btf, last.type_id);
  const struct btf_type* type = btf__type_by_id(spec.btf, underlying(spec.btf, btf_members(composite)[last.idx].type));
  if (btf_is_any_enum(type)) return btf_kflag(type);
  return btf_is_int(type) && (btf_int_encoding(type) & BTF_INT_SIGNED) != 0;
}

/// One call of bpf_core_calc_relo_insn(). Narrows `candidates` as libbpf does. After a failed call `candidates` is
/// unchanged: libbpf then leaves its list half-compacted and does not use it again.
struct Calculation {
  int error = 0;
  struct bpf_core_relo_res result = {};
  std::array<struct bpf_core_spec, 3> specs = {};

  Calculation(const struct btf* local, const struct bpf_core_relo& relo, Candidates& candidates) {
    Candidates copy = candidates;
    struct bpf_core_cand_list list = {copy.data(), static_cast<int>(copy.size())};
    error = -bpf_core_calc_relo_insn("", &relo, 0, local, &list, specs.data(), &result);
    if (error != 0) return;
    copy.resize(static_cast<std::size_t>(list.len));
    candidates = std::move(copy);
  }

  /// Applies Rules::newest to a relocation that found a target.
  void correct(const struct btf* local, const struct btf* target, enum bpf_core_relo_kind kind) {
    if (kind == BPF_CORE_FIELD_SIGNED) {
      result.orig_val = is_signed(specs[0]) ? 1 : 0;
      result.new_val = is_signed(specs[2]) ? 1 : 0;
    }
    const bool is_load = kind == BPF_CORE_FIELD_BYTE_OFFSET && result.orig_type_id != 0 && result.new_type_id != 0;
    if (!is_load || !(is_array(local, result.orig_type_id) || is_array(target, result.new_type_id))) return;
    result.orig_sz = element_size(local, result.orig_type_id);
    result.new_sz = element_size(target, result.new_type_id);
    result.fail_memsz_adjust = result.orig_sz != result.new_sz;
  }
};

/// Returns the left shift that libbpf computes when it is compiled for a big-endian machine; nothing if libbpf fails on
/// one of the other relocations that this needs. With R = 64 - bits and L = 64 - (bits + bits before the field), the
/// field has R - L bits before it.
std::optional<std::uint64_t> big_endian_lshift(const struct btf* local, struct bpf_core_relo relo,
                                               const Candidates& candidates, std::uint64_t lshift) {
  Candidates copy = candidates;
  relo.kind = BPF_CORE_FIELD_RSHIFT_U64;
  const Calculation rshift(local, relo, copy);
  relo.kind = BPF_CORE_FIELD_BYTE_SIZE;
  const Calculation size(local, relo, copy);
  if (rshift.error != 0 || size.error != 0 || rshift.result.poison || size.result.poison) return std::nullopt;
  // libbpf computes in 32 bits. This matters for fields of more than 8 bytes.
  return static_cast<std::uint32_t>((8 - size.result.new_val) * 8 + (rshift.result.new_val - lshift));
}

void patch(const object::Record& record, const struct bpf_core_relo& relo, const struct bpf_core_relo_res& result,
           Verdict& verdict) {
  std::array<struct bpf_insn, 2> insn = {to_libbpf(*record.instruction),
                                         to_libbpf(record.second_half.value_or(object::Instruction{}))};
  verdict.error = -bpf_core_patch_insn("", insn.data(), 0, &relo, 0, &result);
  if (verdict.failed()) {
    verdict.in_patch = true;
    verdict.reason = last_warning;
    return;
  }
  verdict.poison = insn[0].code == call_code && static_cast<std::uint32_t>(insn[0].imm) == bad_relocation;
  if (accesses_memory(insn[0].code)) verdict.load_size = access_size(insn[0].code);
  if (relo.kind == BPF_CORE_TYPE_ID_TARGET && !verdict.poison) {
    insn[0].imm = 0;
    // No compiler emits such a relocation for a load or store, but libbpf then puts the id into the offset.
    if (accesses_memory(insn[0].code)) insn[0].off = 0;
  }
  verdict.patched = std::bit_cast<std::uint64_t>(insn[0]);
  verdict.patched_second = std::bit_cast<std::uint64_t>(insn[1]);
}

}  // namespace

PathStep member_step(const struct btf* btf, std::uint32_t id, std::uint32_t index) {
  const struct btf_type* type = btf__type_by_id(btf, id);
  PathStep out;
  out.composite = kind_text(type) + ' ' + essential(name_of(btf, type->name_off));
  out.name = name_of(btf, btf_members(type)[index].name_off);
  out.bit_offset = btf_member_bit_offset(type, index);
  out.bitfield_size = btf_member_bitfield_size(type, index);
  return out;
}

PathStep enumerator_step(const struct btf* btf, std::uint32_t id, std::uint32_t index) {
  const struct btf_type* type = btf__type_by_id(btf, id);
  const std::uint32_t name_off = btf_is_enum(type) ? btf_enum(type)[index].name_off : btf_enum64(type)[index].name_off;
  PathStep out;
  out.composite = "enum " + essential(name_of(btf, type->name_off));
  out.name = essential(name_of(btf, name_off));
  return out;
}

std::string type_text(const struct btf* btf, std::uint32_t id) {
  const struct btf_type* type = btf__type_by_id(btf, id);
  if (type == nullptr) return "no type";
  std::string out = kind_text(type);
  if (const std::string_view name = name_of(btf, type->name_off); !name.empty()) out += ' ' + std::string(name);
  if (btf_is_composite(type) || btf_is_any_enum(type) || btf_is_int(type)) {
    out += " of " + std::to_string(type->size) + " bytes";
  }
  return out;
}

std::string Verdict::text() const {
  std::string out = "kind " + std::to_string(kind) + ": ";
  if (failed()) {
    out += (in_patch ? "patching fails, errno " : "fails, errno ") + std::to_string(error);
    return reason.empty() ? out : out + " (" + std::string(reason) + ")";
  }
  if (poison) return out + (fail_memsz_adjust ? "poison (load size)" : "poison");
  out += "value " + std::to_string(new_val);
  if (!target_type.empty()) out += " (" + target_type + ")";
  if (load_size != 0) out += ", load size " + std::to_string(load_size);
  out += ", sizes " + std::to_string(orig_sz) + "->" + std::to_string(new_sz);
  if (fail_memsz_adjust) out += " not adjustable";
  if (validate) out += ", validated";
  return out;
}

ResolverTarget::ResolverTarget(std::span<const std::uint8_t> bytes, std::string name)
    : btf_(btf__new(bytes.data(), static_cast<__u32>(bytes.size()))), name_(std::move(name)) {
  if (btf_ == nullptr) throw std::runtime_error(name_ + ": btf__new refuses it, errno " + std::to_string(errno));
  big_endian_ = btf__endianness(btf_.get()) == BTF_BIG_ENDIAN;
}

void ResolverTarget::load_module(std::span<const std::uint8_t> split) {
  // libbpf 1.1 declares btf__new_split(), but does not contain it.
  BtfPointer module(btf__parse_raw_split(MemoryFile(split).path().c_str(), btf_.get()));
  if (module == nullptr) throw std::runtime_error(name_ + ": libbpf refuses a module, errno " + std::to_string(errno));
  used_.push_back(modules_.size());
  modules_.push_back({.btf = std::move(module)});
  candidates_.clear();
}

void ResolverTarget::use_modules(std::vector<std::size_t> modules) {
  used_ = std::move(modules);
  candidates_.clear();
}

namespace {

/// Returns the name under which candidates are cached, and the length of the essential name at its end.
std::pair<std::string, std::size_t> key_of(const struct btf* local, std::uint32_t local_id) {
  const struct btf_type* type = btf__type_by_id(local, local_id);
  const std::string name = essential(name_of(local, type->name_off));
  return {(btf_is_any_enum(type) ? "enum" : kind_text(type)) + ' ' + name, name.size()};
}

}  // namespace

const ResolverTarget::Candidates& ResolverTarget::find(Cache& cache, const std::string& key,
                                                       const struct bpf_core_cand& local, std::size_t name_size,
                                                       const struct btf* btf, int first) {
  const auto [place, is_new] = cache.try_emplace(key);
  if (!is_new) return place->second;
  struct bpf_core_cand local_candidate = local;
  struct bpf_core_cand_list list = {};
  if (bpf_core_add_cands(&local_candidate, name_size, btf, "", first, &list) != 0) throw std::bad_alloc();
  place->second.assign(list.cands, list.cands + list.len);
  std::free(list.cands);
  return place->second;
}

const std::vector<struct bpf_core_cand>& ResolverTarget::candidates(const struct btf* local, std::uint32_t local_id) {
  const auto [key, size] = key_of(local, local_id);
  const auto [place, is_new] = candidates_.try_emplace(key);
  if (!is_new) return place->second;
  const struct bpf_core_cand local_candidate = {local, local_id};
  place->second = find(of_base_, key, local_candidate, size, btf_.get(), 1);
  if (!place->second.empty()) return place->second;
  const auto first = static_cast<int>(btf__type_cnt(btf_.get()));
  for (const std::size_t number : used_) {
    Module& module = modules_[number];
    const Candidates& more = find(module.found, key, local_candidate, size, module.btf.get(), first);
    place->second.insert(place->second.end(), more.begin(), more.end());
  }
  return place->second;
}

std::vector<std::size_t> ResolverTarget::modules_with(const struct btf* local, std::uint32_t local_id) {
  std::vector<std::size_t> out;
  const std::string key = key_of(local, local_id).first;
  if (candidates(local, local_id).empty() || !of_base_[key].empty()) return out;
  std::copy_if(used_.begin(), used_.end(), std::back_inserter(out),
               [&](std::size_t number) { return !modules_[number].found[key].empty(); });
  return out;
}

ResolverObject::ResolverObject(BtfPointer btf, BpfObject object) : object_(std::move(object)), btf_(std::move(btf)) {
  if (btf_ == nullptr) {
    throw std::runtime_error(object_.name() + ": libbpf does not read its BTF, errno " + std::to_string(errno));
  }
  // bpf_object__init_btf() does the same: a pointer of a BPF program has 8 bytes.
  btf__set_pointer_size(btf_.get(), 8);
}

ResolverObject::ResolverObject(std::span<const std::uint8_t> elf, BpfObject object)
    : ResolverObject(BtfPointer(btf__parse(MemoryFile(elf).path().c_str(), nullptr)), std::move(object)) {}

ResolverObject ResolverObject::of_btf(std::span<const std::uint8_t> btf, BpfObject object) {
  return {BtfPointer(btf__new(btf.data(), static_cast<__u32>(btf.size()))), std::move(object)};
}

std::vector<Verdict> ResolverObject::resolve(ResolverTarget& target, const std::vector<bool>& programs,
                                             Rules rules) const {
  std::vector<Verdict> out;
  std::map<std::uint32_t, Candidates> cache;  // key: local type id, as in libbpf's cand_cache
  Candidates no_candidates;
  const std::vector<object::Record>& records = object::data_of(object_).records;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const object::Record& record = records[i];
    if (record.program == object::no_program || !programs.at(record.program)) continue;
    Verdict& verdict = out.emplace_back();
    verdict.relocation = i;
    verdict.kind = record.kind;
    const struct bpf_core_relo relo = to_libbpf(record);

    // As in bpf_core_resolve_relo() and bpf_core_find_cands(): types without a name have no candidates.
    const struct btf_type* local = btf__type_by_id(btf_.get(), relo.type_id);
    if (local == nullptr) {
      verdict.error = EINVAL;
      continue;
    }
    Candidates* candidates = &no_candidates;
    if (relo.kind != BPF_CORE_TYPE_ID_LOCAL) {
      if (name_of(btf_.get(), local->name_off).empty()) {
        verdict.error = EINVAL;
        continue;
      }
      const auto [cached, is_new] = cache.try_emplace(relo.type_id);
      candidates = &cached->second;
      if (is_new) {
        *candidates = target.candidates(btf_.get(), relo.type_id);
      }
    }
    const Candidates before = *candidates;
    last_warning = {};
    Calculation calculation(btf_.get(), relo, *candidates);
    if (calculation.error != 0) {
      verdict.error = calculation.error;
      verdict.reason = last_warning;
      continue;
    }
    // The record refers to no complete instruction. libbpf then stops loading, so that it has no result for later
    // records. Here the candidates are narrowed first, and later records are resolved with them.
    if (!record.instruction || (is_long_load(to_libbpf(*record.instruction)) && !record.second_half)) {
      verdict.error = EINVAL;
      continue;
    }
    struct bpf_core_relo_res& result = calculation.result;
    if (target.big_endian() && relo.kind == BPF_CORE_FIELD_LSHIFT_U64 && !result.poison) {
      const auto shift = big_endian_lshift(btf_.get(), relo, before, result.new_val);
      if (shift) result.new_val = *shift;
    }
    // The BTF of the candidate that matches: that of vmlinux or of a module.
    const struct btf* matched = calculation.specs[2].btf != nullptr ? calculation.specs[2].btf : target.btf();
    if (rules == Rules::newest && !result.poison) calculation.correct(btf_.get(), matched, relo.kind);
    verdict.fail_memsz_adjust = result.fail_memsz_adjust;
    verdict.validate = result.validate;
    verdict.orig_sz = result.orig_sz;
    verdict.new_sz = result.new_sz;
    if (relo.kind == BPF_CORE_TYPE_ID_TARGET) {
      verdict.target_type = type_text(matched, static_cast<std::uint32_t>(result.new_val));
    } else if (!result.poison) {
      verdict.new_val = result.new_val;
    }
    patch(record, relo, result, verdict);
  }
  return out;
}

std::vector<std::vector<PathStep>> ResolverObject::paths(ResolverTarget& target, std::size_t relocation) const {
  std::vector<std::vector<PathStep>> out;
  const struct bpf_core_relo relo = to_libbpf(object::data_of(object_).records.at(relocation));
  const struct btf_type* local = btf__type_by_id(btf_.get(), relo.type_id);
  if (local == nullptr || relo.kind == BPF_CORE_TYPE_ID_LOCAL || name_of(btf_.get(), local->name_off).empty()) {
    return out;
  }
  for (const struct bpf_core_cand& candidate : target.candidates(btf_.get(), relo.type_id)) {
    Candidates one = {candidate};
    const Calculation calculation(btf_.get(), relo, one);
    const struct bpf_core_spec& spec = calculation.specs[2];
    if (calculation.error != 0 || spec.root_type_id != candidate.id) continue;
    std::vector<PathStep>& steps = out.emplace_back();
    const bool enumerator = relo.kind == BPF_CORE_ENUMVAL_EXISTS || relo.kind == BPF_CORE_ENUMVAL_VALUE;
    for (int i = 0; i < spec.len; ++i) {
      if (spec.spec[i].name == nullptr) continue;  // an array element
      const struct bpf_core_accessor& at = spec.spec[i];
      steps.push_back(enumerator ? enumerator_step(candidate.btf, at.type_id, at.idx)
                                 : member_step(candidate.btf, at.type_id, at.idx));
    }
  }
  return out;
}

void listen_to_libbpf() noexcept { libbpf_set_print(note_warning); }

}  // namespace minbtf::test
