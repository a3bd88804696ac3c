/* SPDX-License-Identifier: BSD-2-Clause */
/* CO-RE with clang's builtins only, for the objects that are compared with libbpf. No system header is needed. */
#pragma once

#define SEC(name) __attribute__((section(name), used))
#define CORE __attribute__((preserve_access_index))
#define SUBPROGRAM static __attribute__((noinline))

#ifndef ORACLE_NO_INTEGERS /* defined if a kernel's header has these types */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed int s32;
typedef signed long long s64;
#endif

/* All results are added here, so that the compiler keeps every relocation. */
volatile unsigned long long answers;

#define ASK(value) (answers += (unsigned long long)(value))

/* The numbers are those of enum bpf_field_info_kind and the next enums in libbpf's bpf_core_read.h. */
#define FIELD(type, field, kind) __builtin_preserve_field_info(((type *)0)->field, kind)
#define OFFSET_OF(type, field) FIELD(type, field, 0)
#define SIZE_OF(type, field) FIELD(type, field, 1)
#define EXISTS(type, field) FIELD(type, field, 2)
#define SIGNED(type, field) FIELD(type, field, 3)
#define LSHIFT(type, field) FIELD(type, field, 4)
#define RSHIFT(type, field) FIELD(type, field, 5)

#define TYPE_EXISTS(type) __builtin_preserve_type_info(*(__typeof__(type) *)0, 0)
#define TYPE_SIZE(type) __builtin_preserve_type_info(*(__typeof__(type) *)0, 1)
#define TYPE_MATCHES(type) __builtin_preserve_type_info(*(__typeof__(type) *)0, 2)

#define ENUM_EXISTS(type, value) __builtin_preserve_enum_value(*(__typeof__(type) *)value, 0)
#define ENUM_VALUE(type, value) __builtin_preserve_enum_value(*(__typeof__(type) *)value, 1)

#define TYPE_ID_LOCAL(type) __builtin_btf_type_id(*(__typeof__(type) *)0, 0)
#define TYPE_ID_TARGET(type) __builtin_btf_type_id(*(__typeof__(type) *)0, 1)

#define ASK_FIELD(type, field)    \
  do {                            \
    ASK(OFFSET_OF(type, field));  \
    ASK(SIZE_OF(type, field));    \
    ASK(EXISTS(type, field));     \
    ASK(SIGNED(type, field));     \
    ASK(LSHIFT(type, field));     \
    ASK(RSHIFT(type, field));     \
  } while (0)

/* clang rejects the signedness of a field that is not an integer, and the shifts of an array. */
#define ASK_POINTER(type, field)  \
  do {                            \
    ASK(OFFSET_OF(type, field));  \
    ASK(SIZE_OF(type, field));    \
    ASK(EXISTS(type, field));     \
    ASK(LSHIFT(type, field));     \
    ASK(RSHIFT(type, field));     \
  } while (0)

#define ASK_ARRAY(type, field)    \
  do {                            \
    ASK(OFFSET_OF(type, field));  \
    ASK(SIZE_OF(type, field));    \
    ASK(EXISTS(type, field));     \
  } while (0)

#define ASK_TYPE(type)          \
  do {                          \
    ASK(TYPE_EXISTS(type));     \
    ASK(TYPE_SIZE(type));       \
    ASK(TYPE_MATCHES(type));    \
    ASK(TYPE_ID_LOCAL(type));   \
    ASK(TYPE_ID_TARGET(type));  \
  } while (0)
