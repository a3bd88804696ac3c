// SPDX-License-Identifier: BSD-2-Clause
// Declarations of libbpf's CO-RE resolver. libbpf.a contains the functions, but no installed header declares them.
//
// Names, order and types of the fields are those of tools/lib/bpf/relo_core.h and libbpf_internal.h of Linux 6.1
// to 6.12. They are not a stable interface. oracle/loader_test.cpp verifies that they match the library: it compares
// their results with the messages of the loader.
#pragma once

#include <bpf/btf.h>
#include <linux/bpf.h>

#include <cstddef>

// The names are libbpf's, because these types are passed to its functions.
extern "C" {

struct bpf_core_cand {
  const struct btf* btf;
  __u32 id;
};

struct bpf_core_cand_list {
  struct bpf_core_cand* cands;
  int len;
};

inline constexpr int bpf_core_spec_max_len = 64;

struct bpf_core_accessor {
  __u32 type_id;
  __u32 idx;
  const char* name;
};

struct bpf_core_spec {
  const struct btf* btf;
  struct bpf_core_accessor spec[bpf_core_spec_max_len];
  __u32 root_type_id;
  enum bpf_core_relo_kind relo_kind;
  int len;
  int raw_spec[bpf_core_spec_max_len];
  int raw_len;
  __u32 bit_offset;
};

struct bpf_core_relo_res {
  __u64 orig_val;
  __u64 new_val;
  bool poison;
  bool validate;
  bool fail_memsz_adjust;
  __u32 orig_sz;
  __u32 orig_type_id;
  __u32 new_sz;
  __u32 new_type_id;
};

std::size_t bpf_core_essential_name_len(const char* name);
int bpf_core_add_cands(struct bpf_core_cand* local_cand, std::size_t local_essent_len, const struct btf* targ_btf,
                       const char* targ_btf_name, int targ_start_id, struct bpf_core_cand_list* cands);
void bpf_core_free_cands(struct bpf_core_cand_list* cands);
int bpf_core_parse_spec(const char* prog_name, const struct btf* btf, const struct bpf_core_relo* relo,
                        struct bpf_core_spec* spec);
int bpf_core_format_spec(char* buf, std::size_t buf_sz, const struct bpf_core_spec* spec);
/// Before libbpf 1.5, btf.h declared this function by a wrong name.
const void* btf_ext__get_raw_data(const struct btf_ext* btf_ext, __u32* size);
/// `specs_scratch` has room for three specs. On return, the third is the spec of the first matching candidate.
int bpf_core_calc_relo_insn(const char* prog_name, const struct bpf_core_relo* relo, int relo_idx,
                            const struct btf* local_btf, struct bpf_core_cand_list* cands,
                            struct bpf_core_spec* specs_scratch, struct bpf_core_relo_res* targ_res);
int bpf_core_patch_insn(const char* prog_name, struct bpf_insn* insn, int insn_idx, const struct bpf_core_relo* relo,
                        int relo_idx, const struct bpf_core_relo_res* res);
}
