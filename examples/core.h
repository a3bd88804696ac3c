/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiler builtins for CO-RE, and the BPF helpers that the examples call. The examples need no other header. */
#pragma once

typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define SEC(name) __attribute__((section(name), used))
/* The compiler records a relocation for each access to such a struct. Only the members that are read are declared. */
#define CORE __attribute__((preserve_access_index))

/* The second argument of the builtin is of enum bpf_field_info_kind. */
#define field_offset(field) __builtin_preserve_field_info(field, 0)
#define field_exists(field) __builtin_preserve_field_info(field, 2)

/* Helpers by their number in enum bpf_func_id. */
static u64 (*const get_current_pid_tgid)(void) = (void*)14;
static long (*const get_current_task)(void) = (void*)35;
static long (*const probe_read_kernel)(void* to, u32 size, const void* from) = (void*)113;
static long (*const ringbuf_output)(void* ringbuf, void* data, u64 size, u64 flags) = (void*)130;
static long (*const probe_read_kernel_str)(void* to, u32 size, const void* from) = (void*)115;

#define read_field(to, field) probe_read_kernel(&(to), sizeof(to), &(field))

/* A map of type BPF_MAP_TYPE_RINGBUF, to which the programs write their events. */
#define EVENTS                 \
  struct {                     \
    int (*type)[27];           \
    int (*max_entries)[65536]; \
  } events SEC(".maps")

#define LICENSE char program_license[] SEC("license") = "GPL"
