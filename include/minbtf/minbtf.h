// The C API of the library, for C11 and C++, and for languages that call C.
//
//     struct minbtf_error* error = NULL;
//     struct minbtf_btf* kernel = minbtf_btf_from_file("vmlinux", &error);
//     if (kernel == NULL) fprintf(stderr, "%s\n", minbtf_error_message(error));
//
// examples/reduce.c is a complete program.
//
// Handles. Every struct here is opaque. A function that returns a pointer to a non-const struct makes a new handle. The
// caller frees it with the function of that struct, minbtf_X_free(), which does nothing for NULL. Handles do not refer
// to each other: they may be freed in any order.
//
// Parts. A function that returns a pointer to const returns a part of the handle that it is given: a string, bytes, or
// an element of a list. A part is valid until that handle is freed, and is not freed itself.
//
// Lists. minbtf_X_Y_count() returns the number of elements, and minbtf_X_Y(handle, index) returns one.
//
// Errors. Only functions with a parameter `error` can fail. Such a function returns NULL, or if it returns int, the
// negative of an enum minbtf_error_kind; int functions return 0 for success. `error` may be NULL. Otherwise *error
// becomes NULL for success, and for a failure a new error, which the caller frees with minbtf_error_free(). What *error
// was before is not read. No function prints, ends the process, or lets a C++ exception out. A relocation that fails is
// not an error, it is a result.
//
// NULL and indices. A NULL where a value is needed is MINBTF_ERROR_ARGUMENT. Functions without `error` return 0, false,
// NULL, or "" for strings, if the handle is NULL or an index is too large, unless their comment states another value.
// No string is NULL.
//
// Threads. Any number of threads may use the same handle, except: one builder, one workspace, and a handle that is
// freed. Errors of one thread do not affect another. A thread must not be cancelled (pthread_cancel()) in a function
// with `error`.
//
// Strings end with NUL and have no encoding: names are bytes of a file.
//
// Values of enumerators do not change. Later versions add enumerators; a program must accept numbers that it does not
// know. Functions and enumerators whose comments refer to a C++ header behave as their counterpart there.
//
// Copyright (c) 2026, The min-btf authors
// SPDX-License-Identifier: BSD-2-Clause
#ifndef MINBTF_MINBTF_H
#define MINBTF_MINBTF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define MINBTF_C_API __attribute__((visibility("default")))
#else
#define MINBTF_C_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

// ---- Version ----

/// Returns the version of the linked library: "0.2.0". The string is static.
MINBTF_C_API const char* minbtf_version(void);

// ---- Errors ----

struct minbtf_error;

/// Kind of an error. The kinds from 1 to 5 are those of minbtf/error.hpp.
enum minbtf_error_kind {
  MINBTF_ERROR_NONE = 0,         ///< no error
  MINBTF_ERROR_IO = 1,           ///< the system reported an error when a file was opened or read
  MINBTF_ERROR_WRONG_FILE = 2,   ///< readable, but not the kind of file that is needed
  MINBTF_ERROR_DAMAGED = 3,      ///< the right kind of file, but truncated or with invalid contents
  MINBTF_ERROR_UNSUPPORTED = 4,  ///< over a limit of this library, or a format that is newer than this library
  MINBTF_ERROR_INTERNAL = 5,     ///< a result failed the library's own check, or an exception was not expected
  MINBTF_ERROR_MEMORY = 6,       ///< out of memory
  MINBTF_ERROR_ARGUMENT = 7      ///< an argument is NULL, out of range or not parsable
};

/// Returns the kind; MINBTF_ERROR_NONE for NULL.
MINBTF_C_API enum minbtf_error_kind minbtf_error_kind(const struct minbtf_error* error);
/// Returns `FILE: WHERE: REASON` without the parts that are empty. It is one line if the name of the file is: file
/// names are not escaped.
MINBTF_C_API const char* minbtf_error_message(const struct minbtf_error* error);
/// Returns the name of the input: the path or the name that was given with it. Empty if the error is not about a file.
MINBTF_C_API const char* minbtf_error_file(const struct minbtf_error* error);
/// Returns the place in the file, such as a section and an offset in bytes: "types+0x1c". Empty if the reason is not
/// about one place.
MINBTF_C_API const char* minbtf_error_where(const struct minbtf_error* error);
MINBTF_C_API const char* minbtf_error_reason(const struct minbtf_error* error);
MINBTF_C_API void minbtf_error_free(struct minbtf_error* error);

// ---- Numbers and their texts ----
//
// Each function returns a static string, and "unknown" for a number that is not in its enumeration.

/// Returns "io", "wrong_file", "damaged", "unsupported", "internal", "memory" or "argument"; "none" for 0.
MINBTF_C_API const char* minbtf_error_kind_text(uint32_t kind);

enum minbtf_byte_order { MINBTF_LITTLE_ENDIAN = 0, MINBTF_BIG_ENDIAN = 1 };

/// Returns "little" or "big".
MINBTF_C_API const char* minbtf_byte_order_text(uint32_t order);

/// `enum bpf_core_relo_kind` of the kernel's include/uapi/linux/bpf.h.
enum minbtf_relocation_kind {
  MINBTF_FIELD_BYTE_OFFSET = 0,
  MINBTF_FIELD_BYTE_SIZE = 1,
  MINBTF_FIELD_EXISTS = 2,
  MINBTF_FIELD_SIGNED = 3,
  MINBTF_FIELD_LSHIFT_U64 = 4,
  MINBTF_FIELD_RSHIFT_U64 = 5,
  MINBTF_TYPE_ID_LOCAL = 6,
  MINBTF_TYPE_ID_TARGET = 7,
  MINBTF_TYPE_EXISTS = 8,
  MINBTF_TYPE_SIZE = 9,
  MINBTF_ENUMVAL_EXISTS = 10,
  MINBTF_ENUMVAL_VALUE = 11,
  MINBTF_TYPE_MATCHES = 12
};

/// Returns "field_byte_offset", ...
MINBTF_C_API const char* minbtf_relocation_kind_text(uint32_t kind);

/// See minbtf::Status in minbtf/resolution.hpp.
enum minbtf_status {
  MINBTF_STATUS_RESOLVED = 0,  ///< the instruction is patched with the value
  MINBTF_STATUS_POISONED = 1,  ///< the instruction becomes invalid; loading fails only if the verifier reaches it
  MINBTF_STATUS_FAILED = 2     ///< libbpf stops loading the object
};

/// Returns "resolved", "poisoned" or "failed".
MINBTF_C_API const char* minbtf_status_text(uint32_t status);

/// Why a relocation failed. See minbtf::Failure in minbtf/resolution.hpp.
enum minbtf_failure {
  MINBTF_FAILURE_NONE = 0,
  MINBTF_FAILURE_UNKNOWN_RELOCATION_KIND = 1,
  MINBTF_FAILURE_UNKNOWN_LOCAL_TYPE = 2,
  MINBTF_FAILURE_ANONYMOUS_LOCAL_TYPE = 3,
  MINBTF_FAILURE_BAD_ACCESS_STRING = 4,
  MINBTF_FAILURE_LOCAL_TYPE_UNUSABLE = 5,
  MINBTF_FAILURE_BAD_TYPE = 6,
  MINBTF_FAILURE_TOO_DEEP = 7,
  MINBTF_FAILURE_BITFIELD_TOO_WIDE = 8,
  MINBTF_FAILURE_NOT_FOR_ARRAYS = 9,
  MINBTF_FAILURE_AMBIGUOUS_OFFSET = 10,
  MINBTF_FAILURE_AMBIGUOUS_VALUE = 11,
  MINBTF_FAILURE_OFFSET_TOO_LARGE = 12,
  MINBTF_FAILURE_UNEXPECTED_INSTRUCTION = 13,
  MINBTF_FAILURE_BAD_LOAD_SIZE = 14,
  MINBTF_FAILURE_UNSUPPORTED_KIND = 15,
  MINBTF_FAILURE_ENDLESS_TYPE = 16,
  MINBTF_FAILURE_OTHER_BYTE_ORDER = 17  ///< of an object; not in a struct minbtf_resolution
};

/// Returns the failure in words, in one line without a newline.
MINBTF_C_API const char* minbtf_failure_text(uint32_t failure);

/// Why a relocation is not resolved. See minbtf::Reason in minbtf/explanation.hpp.
enum minbtf_unresolved_reason {
  MINBTF_UNRESOLVED_NONE = 0,
  MINBTF_UNRESOLVED_NO_SUCH_TYPE = 1,
  MINBTF_UNRESOLVED_NO_SUCH_MEMBER = 2,
  MINBTF_UNRESOLVED_NO_SUCH_ENUMERATOR = 3,
  MINBTF_UNRESOLVED_INCOMPATIBLE = 4,
  MINBTF_UNRESOLVED_AMBIGUOUS = 5,
  MINBTF_UNRESOLVED_CUT_VALUE = 6,
  MINBTF_UNRESOLVED_OTHER_BYTE_ORDER = 7,
  MINBTF_UNRESOLVED_OTHER = 8
};

/// Returns "no such member", ...
MINBTF_C_API const char* minbtf_unresolved_reason_text(uint32_t reason);

/// Why a poisoned instruction does not prevent loading. See minbtf::Guard in minbtf/explanation.hpp.
enum minbtf_guard {
  MINBTF_GUARD_NONE = 0,        ///< not guarded
  MINBTF_GUARD_EXISTS = 1,      ///< the program checks whether the access, or something that leads to it, exists
  MINBTF_GUARD_UNREACHABLE = 2  ///< control does not reach the instruction on this kernel
};

/// Returns "none", "exists" or "unreachable".
MINBTF_C_API const char* minbtf_guard_text(uint32_t guard);

/// Why an object needs the running kernel's own BTF. See minbtf::NeedKind in minbtf/inspection.hpp.
enum minbtf_need_kind {
  MINBTF_NEED_FUNCTION = 0,
  MINBTF_NEED_TRACEPOINT = 1,
  MINBTF_NEED_LSM_HOOK = 2,
  MINBTF_NEED_ITERATOR = 3,
  MINBTF_NEED_STRUCT_OPS = 4,
  MINBTF_NEED_KFUNC = 5,
  MINBTF_NEED_VARIABLE = 6,
  MINBTF_NEED_TYPE_ID = 7,
  MINBTF_NEED_STRUCT_OPS_MAP = 8
};

/// Returns "attach_function", "kernel_variable", ...: the words of `min-btf inspect --json`.
MINBTF_C_API const char* minbtf_need_kind_text(uint32_t kind);

/// Result of loading an object with libbpf on a kernel without BTF, with a shipped BTF.
enum minbtf_without_btf {
  MINBTF_WITHOUT_BTF_LOADS = 0,         ///< all programs load
  MINBTF_WITHOUT_BTF_LOADS_OTHERS = 1,  ///< only if the programs that attach by BTF are switched off
  MINBTF_WITHOUT_BTF_FAILS = 2          ///< the object never loads
};

/// Returns "loads", "loads_others" or "fails".
MINBTF_C_API const char* minbtf_without_btf_text(uint32_t result);

// ---- BPF objects ----

/// In place of the index of a program: there is none.
#define MINBTF_NO_PROGRAM SIZE_MAX

/// A parsed BPF ELF object. See minbtf::BpfObject in minbtf/bpf_object.hpp.
struct minbtf_object;

/// Reads and parses a file. Fails with MINBTF_ERROR_IO if it cannot be opened or read, MINBTF_ERROR_WRONG_FILE for any
/// file that is not a BPF object, MINBTF_ERROR_DAMAGED or MINBTF_ERROR_UNSUPPORTED.
MINBTF_C_API struct minbtf_object* minbtf_object_from_file(const char* path, struct minbtf_error** error);
/// Parses an ELF image. The bytes are not needed afterwards. `bytes` may be NULL if `size` is 0. `name` is the name of
/// the input in messages.
MINBTF_C_API struct minbtf_object* minbtf_object_from_bytes(const void* bytes, size_t size, const char* name,
                                                            struct minbtf_error** error);
/// Returns a handle for the same object with another name. Both share the parsed data.
MINBTF_C_API struct minbtf_object* minbtf_object_renamed(const struct minbtf_object* object, const char* name,
                                                         struct minbtf_error** error);
MINBTF_C_API void minbtf_object_free(struct minbtf_object* object);

/// Returns the path, or the name given with the bytes.
MINBTF_C_API const char* minbtf_object_name(const struct minbtf_object* object);
/// Returns why there is nothing to relocate: "no .BTF.ext section". Empty if there are relocations.
MINBTF_C_API const char* minbtf_object_note(const struct minbtf_object* object);
MINBTF_C_API enum minbtf_byte_order minbtf_object_byte_order(const struct minbtf_object* object);
/// Returns the number of CO-RE records. Their indices are 0 and up, in the order of `.BTF.ext`.
MINBTF_C_API size_t minbtf_object_relocation_count(const struct minbtf_object* object);
/// Returns the number of programs and subprograms, in section and offset order.
MINBTF_C_API size_t minbtf_object_program_count(const struct minbtf_object* object);
MINBTF_C_API const char* minbtf_object_program_name(const struct minbtf_object* object, size_t program);
MINBTF_C_API const char* minbtf_object_program_section(const struct minbtf_object* object, size_t program);

// ---- BTF ----

/// Validated BTF: of a kernel, or reduced. See minbtf::Btf in minbtf/btf.hpp.
struct minbtf_btf;

/// Reads the BTF of a kernel from one uncompressed file: raw BTF, or an ELF file with a `.BTF` section. Fails with
/// MINBTF_ERROR_IO, MINBTF_ERROR_WRONG_FILE (also for a compressed file, a tar, BTF of a kernel module, a BPF object),
/// MINBTF_ERROR_DAMAGED or MINBTF_ERROR_UNSUPPORTED.
MINBTF_C_API struct minbtf_btf* minbtf_btf_from_file(const char* path, struct minbtf_error** error);
/// Copies and parses raw BTF. The bytes are not needed afterwards. `bytes` may be NULL if `size` is 0. `name` is the
/// name of the input in messages.
MINBTF_C_API struct minbtf_btf* minbtf_btf_from_bytes(const void* bytes, size_t size, const char* name,
                                                      struct minbtf_error** error);
MINBTF_C_API void minbtf_btf_free(struct minbtf_btf* btf);

MINBTF_C_API const char* minbtf_btf_name(const struct minbtf_btf* btf);
/// Returns the size in bytes, header included.
MINBTF_C_API size_t minbtf_btf_size(const struct minbtf_btf* btf);
/// Returns the number of types, without `void`.
MINBTF_C_API uint32_t minbtf_btf_type_count(const struct minbtf_btf* btf);
MINBTF_C_API enum minbtf_byte_order minbtf_btf_byte_order(const struct minbtf_btf* btf);

// ---- Plans ----

/// Collects what a plan is made of. One thread at a time may use a builder.
struct minbtf_plan_builder;

/// Objects, their distinct questions, and what is kept by name. See minbtf::Plan in minbtf/plan.hpp.
struct minbtf_plan;

MINBTF_C_API struct minbtf_plan_builder* minbtf_plan_builder_new(struct minbtf_error** error);
/// Adds an object. Its index in the plan is the number of objects added before. The handle `object` is not needed
/// afterwards. Returns 0 or a negative kind of error; an object that cannot be added leaves the builder unchanged.
MINBTF_C_API int minbtf_plan_builder_add_object(struct minbtf_plan_builder* builder, const struct minbtf_object* object,
                                                struct minbtf_error** error);
/// Adds a type, or a part of it, that stays in each reduced BTF: "KIND:NAME" or "KIND:NAME.MEMBER...", such as
/// "enum:skb_drop_reason" (minbtf/keep.hpp). Returns 0 or a negative kind of error: MINBTF_ERROR_ARGUMENT if `keep` is
/// not of this form.
MINBTF_C_API int minbtf_plan_builder_add_keep(struct minbtf_plan_builder* builder, const char* keep,
                                              struct minbtf_error** error);
/// Writes what no relocation reads as the kernel has it, if `keep` is true: sizes, names, members of anonymous structs
/// (minbtf::Layout). Returns 0 or a negative kind of error.
MINBTF_C_API int minbtf_plan_builder_keep_layout(struct minbtf_plan_builder* builder, bool keep,
                                                 struct minbtf_error** error);
/// Makes a plan of what was added so far. The builder stays usable.
MINBTF_C_API struct minbtf_plan* minbtf_plan_builder_build(const struct minbtf_plan_builder* builder,
                                                           struct minbtf_error** error);
MINBTF_C_API void minbtf_plan_builder_free(struct minbtf_plan_builder* builder);

MINBTF_C_API void minbtf_plan_free(struct minbtf_plan* plan);

MINBTF_C_API size_t minbtf_plan_object_count(const struct minbtf_plan* plan);
MINBTF_C_API const struct minbtf_object* minbtf_plan_object(const struct minbtf_plan* plan, size_t object);
/// Returns the number of distinct keeps. They are sorted by kind, name and path.
MINBTF_C_API size_t minbtf_plan_keep_count(const struct minbtf_plan* plan);
MINBTF_C_API const char* minbtf_plan_keep(const struct minbtf_plan* plan, size_t keep);
/// Returns the number of distinct questions of all objects.
MINBTF_C_API size_t minbtf_plan_question_count(const struct minbtf_plan* plan);
/// Returns true if the object is used for kernels of this byte order (enum minbtf_byte_order): it has this byte order,
/// or no object has it.
MINBTF_C_API bool minbtf_plan_takes_part(const struct minbtf_plan* plan, size_t object, uint32_t byte_order);
/// Finds the keeps that `btf` has: writes a flag for each keep to `kept`, which has room for minbtf_plan_keep_count()
/// flags. Returns 0 or a negative kind of error.
MINBTF_C_API int minbtf_plan_kept_in(const struct minbtf_plan* plan, const struct minbtf_btf* btf, bool* kept,
                                     struct minbtf_error** error);

/// A CO-RE record in words. See minbtf::RelocationText in minbtf/resolution.hpp.
struct minbtf_relocation;

/// Describes a record of an object. Fails with MINBTF_ERROR_ARGUMENT if there is no such record.
MINBTF_C_API struct minbtf_relocation* minbtf_plan_describe(const struct minbtf_plan* plan, size_t object,
                                                            size_t relocation, struct minbtf_error** error);
MINBTF_C_API void minbtf_relocation_free(struct minbtf_relocation* relocation);

/// Returns the name of the program; empty if the instruction is in no program.
MINBTF_C_API const char* minbtf_relocation_program(const struct minbtf_relocation* relocation);
MINBTF_C_API const char* minbtf_relocation_section(const struct minbtf_relocation* relocation);
/// Returns the instruction number within the program, or within the section if there is no program.
MINBTF_C_API uint32_t minbtf_relocation_insn(const struct minbtf_relocation* relocation);
/// Returns an enum minbtf_relocation_kind, or another number of a record that libbpf refuses.
MINBTF_C_API uint32_t minbtf_relocation_kind(const struct minbtf_relocation* relocation);
/// Returns the type and access: "struct task_struct::real_parent".
MINBTF_C_API const char* minbtf_relocation_subject(const struct minbtf_relocation* relocation);

// ---- Many kernels ----

/// Scratch memory, reused from kernel to kernel by the functions with `_bytes`. One thread at a time may use a
/// workspace. It stays usable after an error.
struct minbtf_workspace;

MINBTF_C_API struct minbtf_workspace* minbtf_workspace_new(struct minbtf_error** error);
MINBTF_C_API void minbtf_workspace_free(struct minbtf_workspace* workspace);

// ---- Reducing ----

/// A reduced BTF, and the resolutions of the relocations on it. See minbtf::Reduction in minbtf/plan.hpp.
struct minbtf_reduction;

/// Reduces the BTF of one kernel: for every subset of an object's programs, libbpf resolves each relocation on the
/// result exactly as on the full BTF. Fails with MINBTF_ERROR_INTERNAL if the result does not pass the library's check,
/// MINBTF_ERROR_UNSUPPORTED if the kernel has more types of one name than can be compared.
MINBTF_C_API struct minbtf_reduction* minbtf_plan_minimize(const struct minbtf_plan* plan,
                                                           const struct minbtf_btf* kernel,
                                                           struct minbtf_error** error);
/// Does the same for raw BTF, without a copy of it: faster for many kernels. `workspace` may be NULL. The bytes are not
/// needed afterwards. Fails also as minbtf_btf_from_bytes() does.
MINBTF_C_API struct minbtf_reduction* minbtf_plan_minimize_bytes(const struct minbtf_plan* plan, const void* bytes,
                                                                 size_t size, const char* name,
                                                                 struct minbtf_workspace* workspace,
                                                                 struct minbtf_error** error);
MINBTF_C_API void minbtf_reduction_free(struct minbtf_reduction* reduction);

/// Returns raw BTF in the kernel's byte order, minbtf_reduction_size() bytes.
MINBTF_C_API const uint8_t* minbtf_reduction_bytes(const struct minbtf_reduction* reduction);
MINBTF_C_API size_t minbtf_reduction_size(const struct minbtf_reduction* reduction);
/// Return the numbers of types (without `void`), of struct and union members, and of enumerators in the reduced BTF.
MINBTF_C_API uint32_t minbtf_reduction_type_count(const struct minbtf_reduction* reduction);
MINBTF_C_API uint32_t minbtf_reduction_member_count(const struct minbtf_reduction* reduction);
MINBTF_C_API uint32_t minbtf_reduction_enumerator_count(const struct minbtf_reduction* reduction);
/// Returns the number of types in the kernel's full BTF, without `void`.
MINBTF_C_API uint32_t minbtf_reduction_source_type_count(const struct minbtf_reduction* reduction);
/// Return the numbers of relocations by status, of all objects that are used for the kernel.
MINBTF_C_API size_t minbtf_reduction_resolved_count(const struct minbtf_reduction* reduction);
MINBTF_C_API size_t minbtf_reduction_poisoned_count(const struct minbtf_reduction* reduction);
MINBTF_C_API size_t minbtf_reduction_failed_count(const struct minbtf_reduction* reduction);

// ---- Resolutions ----

/// A list of resolutions, by object and record.
struct minbtf_resolutions;

/// The result of one relocation on one BTF. See minbtf::Resolution in minbtf/resolution.hpp.
struct minbtf_resolution;

/// Returns the resolutions on the full BTF, with all programs loaded, of all objects that are used for the kernel. They
/// are made by this call: without it a program does not pay for them.
MINBTF_C_API struct minbtf_resolutions* minbtf_reduction_resolutions(const struct minbtf_reduction* reduction,
                                                                     struct minbtf_error** error);
/// Resolves the relocations of one object on `btf` as libbpf does if only some programs are loaded. `loaded` has
/// `loaded_count` flags, one for each program of the object; NULL and 0 stand for all programs. The result has no
/// entries for relocations in other programs. The byte order of the object does not matter: libbpf would refuse an
/// object of the other byte order as a whole.
MINBTF_C_API struct minbtf_resolutions* minbtf_plan_resolve(const struct minbtf_plan* plan,
                                                            const struct minbtf_btf* btf, size_t object,
                                                            const bool* loaded, size_t loaded_count,
                                                            struct minbtf_error** error);
MINBTF_C_API void minbtf_resolutions_free(struct minbtf_resolutions* resolutions);

MINBTF_C_API size_t minbtf_resolutions_count(const struct minbtf_resolutions* resolutions);
MINBTF_C_API const struct minbtf_resolution* minbtf_resolutions_at(const struct minbtf_resolutions* resolutions,
                                                                   size_t index);

/// Returns the index of the object in the plan.
MINBTF_C_API size_t minbtf_resolution_object(const struct minbtf_resolution* resolution);
/// Returns the index of the record in the object.
MINBTF_C_API size_t minbtf_resolution_relocation(const struct minbtf_resolution* resolution);
/// Returns the status; MINBTF_STATUS_FAILED for NULL.
MINBTF_C_API enum minbtf_status minbtf_resolution_status(const struct minbtf_resolution* resolution);
/// Returns why the relocation failed. Set if the status is MINBTF_STATUS_FAILED.
MINBTF_C_API enum minbtf_failure minbtf_resolution_failure(const struct minbtf_resolution* resolution);
/// Returns the value that is patched into the instruction. For MINBTF_TYPE_ID_TARGET: a type id, or 0.
MINBTF_C_API uint64_t minbtf_resolution_value(const struct minbtf_resolution* resolution);
/// Returns the bytes that the patched load or store accesses; 0 for other instructions.
MINBTF_C_API uint32_t minbtf_resolution_load_size(const struct minbtf_resolution* resolution);
/// Returns the number of candidates that earlier relocations left on the list.
MINBTF_C_API uint32_t minbtf_resolution_candidates(const struct minbtf_resolution* resolution);
/// Returns the number of candidates on that list that match.
MINBTF_C_API uint32_t minbtf_resolution_matching(const struct minbtf_resolution* resolution);
/// Returns the type id of the first candidate that matches; 0 if none matches.
MINBTF_C_API uint32_t minbtf_resolution_target_type(const struct minbtf_resolution* resolution);

// ---- Checking ----

/// The relocations that do not resolve on a kernel, by object, record and program.
struct minbtf_check;

/// A relocation that does not resolve. See minbtf::UnresolvedRelocation in minbtf/explanation.hpp.
struct minbtf_unresolved;

/// Finds the relocations that are not resolved on `kernel` if all programs are loaded, with the reasons. Fails with
/// MINBTF_ERROR_UNSUPPORTED if the kernel has more types of one name than can be compared, or if the programs of an
/// object call too many subprograms.
MINBTF_C_API struct minbtf_check* minbtf_plan_check(const struct minbtf_plan* plan, const struct minbtf_btf* kernel,
                                                    struct minbtf_error** error);
/// Does the same for raw BTF, as minbtf_plan_minimize_bytes() does.
MINBTF_C_API struct minbtf_check* minbtf_plan_check_bytes(const struct minbtf_plan* plan, const void* bytes,
                                                          size_t size, const char* name,
                                                          struct minbtf_workspace* workspace,
                                                          struct minbtf_error** error);
MINBTF_C_API void minbtf_check_free(struct minbtf_check* check);

MINBTF_C_API size_t minbtf_check_unresolved_count(const struct minbtf_check* check);
MINBTF_C_API const struct minbtf_unresolved* minbtf_check_unresolved(const struct minbtf_check* check, size_t index);

/// Returns the index of the object in the plan.
MINBTF_C_API size_t minbtf_unresolved_object(const struct minbtf_unresolved* unresolved);
/// Returns the index of the record in the object.
MINBTF_C_API size_t minbtf_unresolved_relocation(const struct minbtf_unresolved* unresolved);
/// Returns the index of the program that the relocation counts for.
MINBTF_C_API size_t minbtf_unresolved_program(const struct minbtf_unresolved* unresolved);
/// Returns the status; MINBTF_STATUS_RESOLVED for the reason MINBTF_UNRESOLVED_CUT_VALUE, and for NULL.
MINBTF_C_API enum minbtf_status minbtf_unresolved_status(const struct minbtf_unresolved* unresolved);
/// Returns why the relocation failed. Set if the status is MINBTF_STATUS_FAILED.
MINBTF_C_API enum minbtf_failure minbtf_unresolved_failure(const struct minbtf_unresolved* unresolved);
/// Returns why the instruction does not prevent loading. Set if the status is MINBTF_STATUS_POISONED.
MINBTF_C_API enum minbtf_guard minbtf_unresolved_guard(const struct minbtf_unresolved* unresolved);
MINBTF_C_API enum minbtf_unresolved_reason minbtf_unresolved_reason(const struct minbtf_unresolved* unresolved);
/// Returns the part of the access that the reason is about, as in C: "request_queue.disk".
MINBTF_C_API const char* minbtf_unresolved_subject(const struct minbtf_unresolved* unresolved);
/// Returns details of the reason: "int there, pointer in the object". May be empty.
MINBTF_C_API const char* minbtf_unresolved_detail(const struct minbtf_unresolved* unresolved);
/// Returns subject, reason and detail in one line: "request_queue.disk: no such member".
MINBTF_C_API const char* minbtf_unresolved_text(const struct minbtf_unresolved* unresolved);
/// Returns the number of conditions under which the instruction is unreachable, all of them necessary: a variable in
/// read-only data has the value that the object contains.
MINBTF_C_API size_t minbtf_unresolved_condition_count(const struct minbtf_unresolved* unresolved);
/// Returns the name of the variable: "config.enable_x", or ".rodata+0x8" if it has no name.
MINBTF_C_API const char* minbtf_unresolved_condition_variable(const struct minbtf_unresolved* unresolved,
                                                              size_t condition);
MINBTF_C_API const char* minbtf_unresolved_condition_section(const struct minbtf_unresolved* unresolved,
                                                             size_t condition);
/// Returns the value, which is an int64_t if minbtf_unresolved_condition_is_signed() returns true.
MINBTF_C_API uint64_t minbtf_unresolved_condition_value(const struct minbtf_unresolved* unresolved, size_t condition);
MINBTF_C_API bool minbtf_unresolved_condition_is_signed(const struct minbtf_unresolved* unresolved, size_t condition);
/// Returns all conditions in one line: "enable_x is 0 and enable_y is -1 in .rodata". Empty if there are none.
MINBTF_C_API const char* minbtf_unresolved_conditions_text(const struct minbtf_unresolved* unresolved);

// ---- Comparing ----

/// The relocations that libbpf resolves differently on two BTFs. See minbtf::Comparison in minbtf/comparison.hpp.
struct minbtf_comparison;

/// A relocation that libbpf resolves differently.
struct minbtf_difference;

/// Compares how libbpf resolves the relocations on two BTFs, for every subset of each object's programs, and what is
/// kept by name. Any tool may have written `reduced`. Fails with MINBTF_ERROR_UNSUPPORTED if a BTF has more types of
/// one name than can be compared, or if the programs narrow the candidates in too many ways.
MINBTF_C_API struct minbtf_comparison* minbtf_plan_compare(const struct minbtf_plan* plan,
                                                           const struct minbtf_btf* full,
                                                           const struct minbtf_btf* reduced,
                                                           struct minbtf_error** error);
/// Does the same with raw BTF for the full BTF, as minbtf_plan_minimize_bytes() does.
MINBTF_C_API struct minbtf_comparison* minbtf_plan_compare_bytes(const struct minbtf_plan* plan, const void* full,
                                                                 size_t full_size, const char* full_name,
                                                                 const struct minbtf_btf* reduced,
                                                                 struct minbtf_workspace* workspace,
                                                                 struct minbtf_error** error);
MINBTF_C_API void minbtf_comparison_free(struct minbtf_comparison* comparison);

/// Returns true if there is no difference. The byte order of the files does not count. False for NULL.
MINBTF_C_API bool minbtf_comparison_holds(const struct minbtf_comparison* comparison);
/// Returns the number of relocations of all objects that are used for the kernel.
MINBTF_C_API size_t minbtf_comparison_relocation_count(const struct minbtf_comparison* comparison);
/// Returns the number of distinct questions of these relocations.
MINBTF_C_API size_t minbtf_comparison_question_count(const struct minbtf_comparison* comparison);
/// Returns the number of evaluations of a question against a candidate of the full BTF.
MINBTF_C_API size_t minbtf_comparison_asked_count(const struct minbtf_comparison* comparison);
/// Returns true if both BTFs have one byte order.
MINBTF_C_API bool minbtf_comparison_same_byte_order(const struct minbtf_comparison* comparison);
/// Returns the number of differences; each record is in at most one.
MINBTF_C_API size_t minbtf_comparison_difference_count(const struct minbtf_comparison* comparison);
MINBTF_C_API const struct minbtf_difference* minbtf_comparison_difference(const struct minbtf_comparison* comparison,
                                                                          size_t index);
/// Returns the number of keeps that the full BTF has.
MINBTF_C_API size_t minbtf_comparison_kept_count(const struct minbtf_comparison* comparison);
/// Returns a keep that the full BTF has, as its index in the plan; SIZE_MAX if there is none.
MINBTF_C_API size_t minbtf_comparison_kept(const struct minbtf_comparison* comparison, size_t index);
/// Returns the number of keeps that are not the same in the two BTFs.
MINBTF_C_API size_t minbtf_comparison_kept_difference_count(const struct minbtf_comparison* comparison);
/// Returns such a keep, as its index in the plan; SIZE_MAX if there is none.
MINBTF_C_API size_t minbtf_comparison_kept_difference_keep(const struct minbtf_comparison* comparison, size_t index);
/// Returns its first difference in words: "REDUCED has no such type".
MINBTF_C_API const char* minbtf_comparison_kept_difference_text(const struct minbtf_comparison* comparison,
                                                                size_t index);

/// Returns the index of the object in the plan.
MINBTF_C_API size_t minbtf_difference_object(const struct minbtf_difference* difference);
/// Returns the index of the record in the object.
MINBTF_C_API size_t minbtf_difference_relocation(const struct minbtf_difference* difference);
/// Returns the access as in C: "task_struct.pid".
MINBTF_C_API const char* minbtf_difference_subject(const struct minbtf_difference* difference);
/// Returns the number of programs that, loaded together, show the difference.
MINBTF_C_API size_t minbtf_difference_program_count(const struct minbtf_difference* difference);
/// Returns the index of one of these programs in the object; MINBTF_NO_PROGRAM if there is none.
MINBTF_C_API size_t minbtf_difference_program(const struct minbtf_difference* difference, size_t index);
/// Returns the loader that resolves differently: "a 32-bit loader". Empty if current libbpf on a 64-bit machine does.
MINBTF_C_API const char* minbtf_difference_loader(const struct minbtf_difference* difference);
/// Returns true if the full BTF is that of a 64-bit kernel and only a 32-bit loader resolves differently.
MINBTF_C_API bool minbtf_difference_for_foreign_loader(const struct minbtf_difference* difference);
/// Return the result on each BTF, and this result with its reason in one line: "2336", "poisoned (...)".
MINBTF_C_API const struct minbtf_resolution* minbtf_difference_full(const struct minbtf_difference* difference);
MINBTF_C_API const char* minbtf_difference_full_text(const struct minbtf_difference* difference);
MINBTF_C_API const struct minbtf_resolution* minbtf_difference_reduced(const struct minbtf_difference* difference);
MINBTF_C_API const char* minbtf_difference_reduced_text(const struct minbtf_difference* difference);

// ---- Inspecting ----

/// What an object needs from a kernel. See minbtf::Inspection in minbtf/inspection.hpp.
struct minbtf_inspection;

struct minbtf_inspected_type;  ///< the questions about one type
struct minbtf_question;        ///< equal relocations: one question, with its instructions
struct minbtf_need;            ///< why the object needs the running kernel's own BTF
struct minbtf_address;         ///< `extern const void NAME __ksym`: an address that needs no BTF
struct minbtf_place;           ///< an instruction, and its line of source code

/// Parses a BPF object and returns what it needs from a kernel. Fails as minbtf_object_from_bytes() does, and also if
/// symbols or relocations of the ELF file cannot be read. Damaged line info is no error.
MINBTF_C_API struct minbtf_inspection* minbtf_inspection_from_bytes(const void* bytes, size_t size, const char* name,
                                                                    struct minbtf_error** error);
MINBTF_C_API void minbtf_inspection_free(struct minbtf_inspection* inspection);

/// Returns the parsed object, which can be added to a plan. It has the names of the programs.
MINBTF_C_API const struct minbtf_object* minbtf_inspection_object(const struct minbtf_inspection* inspection);
/// Returns why the line info cannot be used; empty if it is not damaged.
MINBTF_C_API const char* minbtf_inspection_line_damage(const struct minbtf_inspection* inspection);
/// Returns the result of loading on a kernel without BTF; MINBTF_WITHOUT_BTF_FAILS for NULL.
MINBTF_C_API enum minbtf_without_btf minbtf_inspection_without_btf(const struct minbtf_inspection* inspection);
/// Returns the number of distinct questions.
MINBTF_C_API size_t minbtf_inspection_question_count(const struct minbtf_inspection* inspection);

/// Return facts of a program, by its index in the object. A subprogram is loaded with the programs that call it.
MINBTF_C_API bool minbtf_inspection_program_is_subprogram(const struct minbtf_inspection* inspection, size_t program);
MINBTF_C_API bool minbtf_inspection_program_is_loaded_by_default(const struct minbtf_inspection* inspection,
                                                                 size_t program);
/// Returns the number of programs that call this subprogram, directly or indirectly.
MINBTF_C_API size_t minbtf_inspection_program_caller_count(const struct minbtf_inspection* inspection, size_t program);
/// Returns the index of such a program in the object; MINBTF_NO_PROGRAM if there is none.
MINBTF_C_API size_t minbtf_inspection_program_caller(const struct minbtf_inspection* inspection, size_t program,
                                                     size_t index);

/// Returns the number of types that relocations are about, by name.
MINBTF_C_API size_t minbtf_inspection_type_count(const struct minbtf_inspection* inspection);
MINBTF_C_API const struct minbtf_inspected_type* minbtf_inspection_type(const struct minbtf_inspection* inspection,
                                                                        size_t index);
/// Returns kind and essential name: "struct task_struct". Empty for relocations that libbpf refuses because of their
/// type.
MINBTF_C_API const char* minbtf_inspected_type_name(const struct minbtf_inspected_type* type);
MINBTF_C_API size_t minbtf_inspected_type_question_count(const struct minbtf_inspected_type* type);
MINBTF_C_API const struct minbtf_question* minbtf_inspected_type_question(const struct minbtf_inspected_type* type,
                                                                          size_t index);

/// Returns an enum minbtf_relocation_kind, or another number of a record that libbpf refuses.
MINBTF_C_API uint32_t minbtf_question_kind(const struct minbtf_question* question);
/// Returns type and access: "struct task_struct::real_parent".
MINBTF_C_API const char* minbtf_question_subject(const struct minbtf_question* question);
/// Returns true if the question is evaluated against each kernel.
MINBTF_C_API bool minbtf_question_depends_on_kernel(const struct minbtf_question* question);
/// Returns why libbpf refuses the relocations on every kernel.
MINBTF_C_API enum minbtf_failure minbtf_question_failure(const struct minbtf_question* question);
/// Returns the number of instructions, at least one.
MINBTF_C_API size_t minbtf_question_place_count(const struct minbtf_question* question);
MINBTF_C_API const struct minbtf_place* minbtf_question_place(const struct minbtf_question* question, size_t index);

MINBTF_C_API size_t minbtf_inspection_need_count(const struct minbtf_inspection* inspection);
MINBTF_C_API const struct minbtf_need* minbtf_inspection_need(const struct minbtf_inspection* inspection, size_t index);
MINBTF_C_API enum minbtf_need_kind minbtf_need_kind(const struct minbtf_need* need);
/// Returns the index of the program in the object; MINBTF_NO_PROGRAM if the object itself has the need.
MINBTF_C_API size_t minbtf_need_program(const struct minbtf_need* need);
/// Returns the function, hook, symbol or type: "vfs_read".
MINBTF_C_API const char* minbtf_need_subject(const struct minbtf_need* need);
/// Returns true for a `__weak` symbol, which a kernel with BTF need not have.
MINBTF_C_API bool minbtf_need_is_weak(const struct minbtf_need* need);
MINBTF_C_API size_t minbtf_need_place_count(const struct minbtf_need* need);
MINBTF_C_API const struct minbtf_place* minbtf_need_place(const struct minbtf_need* need, size_t index);

MINBTF_C_API size_t minbtf_inspection_address_count(const struct minbtf_inspection* inspection);
MINBTF_C_API const struct minbtf_address* minbtf_inspection_address(const struct minbtf_inspection* inspection,
                                                                    size_t index);
MINBTF_C_API const char* minbtf_address_name(const struct minbtf_address* address);
/// Returns true if the kernel need not have this symbol.
MINBTF_C_API bool minbtf_address_is_weak(const struct minbtf_address* address);
MINBTF_C_API size_t minbtf_address_place_count(const struct minbtf_address* address);
MINBTF_C_API const struct minbtf_place* minbtf_address_place(const struct minbtf_address* address, size_t index);

/// Returns the index of the program in the object; MINBTF_NO_PROGRAM if the instruction is in none, and for NULL.
MINBTF_C_API size_t minbtf_place_program(const struct minbtf_place* place);
MINBTF_C_API const char* minbtf_place_section(const struct minbtf_place* place);
/// Returns the instruction number within the program, or within the section if there is no program.
MINBTF_C_API uint32_t minbtf_place_insn(const struct minbtf_place* place);
/// Returns the source file as the compiler wrote it; empty if the line is unknown.
MINBTF_C_API const char* minbtf_place_file(const struct minbtf_place* place);
/// Return the line and column, from 1; 0 if unknown.
MINBTF_C_API uint32_t minbtf_place_line(const struct minbtf_place* place);
MINBTF_C_API uint32_t minbtf_place_column(const struct minbtf_place* place);

#ifdef __cplusplus
}  // extern "C"
#endif

#endif  // MINBTF_MINBTF_H
