/* SPDX-License-Identifier: BSD-2-Clause */
// Calls each function with NULL, and with indices that are too large: arguments KERNEL OBJECT
#include <minbtf/minbtf.h>
#include <stdio.h>
#include <string.h>

static int failures = 0;

static void expect(int is_right, const char* call) {
  if (is_right) return;
  printf("%s\n", call);
  ++failures;
}

static int is_refused(int has_failed, struct minbtf_error* error, const char* reason) {
  const int is_right = has_failed && minbtf_error_kind(error) == MINBTF_ERROR_ARGUMENT &&
                       strcmp(minbtf_error_reason(error), reason) == 0 &&
                       strcmp(minbtf_error_message(error), reason) == 0 && minbtf_error_file(error)[0] == 0 &&
                       minbtf_error_where(error)[0] == 0;
  if (!is_right) printf("%s: ", minbtf_error_message(error));
  minbtf_error_free(error);
  return is_right;
}

// `call` ends with the argument `error`.
#define REFUSED(call, reason)                                 \
  do {                                                        \
    struct minbtf_error* own_error = NULL;                    \
    struct minbtf_error** error = &own_error;                 \
    const int has_failed = (call) == NULL;                    \
    expect(is_refused(has_failed, own_error, reason), #call); \
    error = NULL;                                             \
    expect((call) == NULL, #call " without an error");        \
  } while (0)
#define REFUSED_NUMBER(call, reason)                                     \
  do {                                                                   \
    struct minbtf_error* own_error = NULL;                               \
    struct minbtf_error** error = &own_error;                            \
    const int has_failed = (call) == -MINBTF_ERROR_ARGUMENT;             \
    expect(is_refused(has_failed, own_error, reason), #call);            \
    error = NULL;                                                        \
    expect((call) == -MINBTF_ERROR_ARGUMENT, #call " without an error"); \
  } while (0)
#define ZERO(call) expect((call) == 0, #call)
#define NONE(call) expect((call) == NULL, #call)
#define EMPTY(call) expect(strcmp((call), "") == 0, #call)
#define NO_PROGRAM(call) expect((call) == MINBTF_NO_PROGRAM, #call)
#define UNKNOWN(call) expect(strcmp((call), "unknown") == 0, #call)

static void try_null_inputs(void) {
  const char byte = 0;
  REFUSED(minbtf_object_from_file(NULL, error), "path is NULL");
  REFUSED(minbtf_object_from_bytes(NULL, 1, "name", error), "bytes is NULL");
  REFUSED(minbtf_object_from_bytes(&byte, 1, NULL, error), "name is NULL");
  REFUSED(minbtf_object_renamed(NULL, "name", error), "object is NULL");
  REFUSED(minbtf_btf_from_file(NULL, error), "path is NULL");
  REFUSED(minbtf_btf_from_bytes(NULL, 1, "name", error), "bytes is NULL");
  REFUSED(minbtf_btf_from_bytes(&byte, 1, NULL, error), "name is NULL");
  REFUSED(minbtf_inspection_from_bytes(NULL, 1, "name", error), "bytes is NULL");
  REFUSED(minbtf_inspection_from_bytes(&byte, 1, NULL, error), "name is NULL");
  REFUSED(minbtf_plan_builder_build(NULL, error), "builder is NULL");
  REFUSED_NUMBER(minbtf_plan_builder_add_object(NULL, NULL, error), "builder is NULL");
  REFUSED_NUMBER(minbtf_plan_builder_add_keep(NULL, "struct:s", error), "builder is NULL");
  REFUSED_NUMBER(minbtf_plan_builder_keep_layout(NULL, true, error), "builder is NULL");
  REFUSED(minbtf_reduction_resolutions(NULL, error), "reduction is NULL");
}

static void try_null_plan(void) {
  REFUSED(minbtf_plan_minimize(NULL, NULL, error), "plan is NULL");
  REFUSED(minbtf_plan_minimize_bytes(NULL, "", 1, "", NULL, error), "plan is NULL");
  REFUSED(minbtf_plan_check(NULL, NULL, error), "plan is NULL");
  REFUSED(minbtf_plan_check_bytes(NULL, "", 1, "", NULL, error), "plan is NULL");
  REFUSED(minbtf_plan_compare(NULL, NULL, NULL, error), "plan is NULL");
  REFUSED(minbtf_plan_compare_bytes(NULL, "", 1, "", NULL, NULL, error), "plan is NULL");
  REFUSED(minbtf_plan_resolve(NULL, NULL, 0, NULL, 0, error), "plan is NULL");
  REFUSED(minbtf_plan_describe(NULL, 0, 0, error), "plan is NULL");
  REFUSED_NUMBER(minbtf_plan_kept_in(NULL, NULL, NULL, error), "plan is NULL");
  ZERO(minbtf_plan_object_count(NULL));
  NONE(minbtf_plan_object(NULL, 0));
  ZERO(minbtf_plan_keep_count(NULL));
  EMPTY(minbtf_plan_keep(NULL, 0));
  ZERO(minbtf_plan_question_count(NULL));
  ZERO(minbtf_plan_takes_part(NULL, 0, MINBTF_LITTLE_ENDIAN));
}

static void try_null_handles(void) {
  expect(minbtf_error_kind(NULL) == MINBTF_ERROR_NONE, "minbtf_error_kind(NULL)");
  EMPTY(minbtf_error_message(NULL));
  EMPTY(minbtf_error_file(NULL));
  EMPTY(minbtf_error_where(NULL));
  EMPTY(minbtf_error_reason(NULL));
  EMPTY(minbtf_object_name(NULL));
  EMPTY(minbtf_object_note(NULL));
  ZERO(minbtf_object_byte_order(NULL));
  ZERO(minbtf_object_relocation_count(NULL));
  ZERO(minbtf_object_program_count(NULL));
  EMPTY(minbtf_object_program_name(NULL, 0));
  EMPTY(minbtf_object_program_section(NULL, 0));
  EMPTY(minbtf_btf_name(NULL));
  ZERO(minbtf_btf_size(NULL));
  ZERO(minbtf_btf_type_count(NULL));
  ZERO(minbtf_btf_byte_order(NULL));
  EMPTY(minbtf_relocation_program(NULL));
  EMPTY(minbtf_relocation_section(NULL));
  ZERO(minbtf_relocation_insn(NULL));
  ZERO(minbtf_relocation_kind(NULL));
  EMPTY(minbtf_relocation_subject(NULL));
  NONE(minbtf_reduction_bytes(NULL));
  ZERO(minbtf_reduction_size(NULL));
  ZERO(minbtf_reduction_type_count(NULL));
  ZERO(minbtf_reduction_member_count(NULL));
  ZERO(minbtf_reduction_enumerator_count(NULL));
  ZERO(minbtf_reduction_source_type_count(NULL));
  ZERO(minbtf_reduction_resolved_count(NULL));
  ZERO(minbtf_reduction_poisoned_count(NULL));
  ZERO(minbtf_reduction_failed_count(NULL));
  ZERO(minbtf_resolutions_count(NULL));
  NONE(minbtf_resolutions_at(NULL, 0));
  ZERO(minbtf_resolution_object(NULL));
  ZERO(minbtf_resolution_relocation(NULL));
  expect(minbtf_resolution_status(NULL) == MINBTF_STATUS_FAILED, "minbtf_resolution_status(NULL)");
  ZERO(minbtf_resolution_failure(NULL));
  ZERO(minbtf_resolution_value(NULL));
  ZERO(minbtf_resolution_load_size(NULL));
  ZERO(minbtf_resolution_candidates(NULL));
  ZERO(minbtf_resolution_matching(NULL));
  ZERO(minbtf_resolution_target_type(NULL));
}

static void try_null_results(void) {
  ZERO(minbtf_check_unresolved_count(NULL));
  NONE(minbtf_check_unresolved(NULL, 0));
  ZERO(minbtf_unresolved_object(NULL));
  ZERO(minbtf_unresolved_relocation(NULL));
  ZERO(minbtf_unresolved_program(NULL));
  ZERO(minbtf_unresolved_status(NULL));
  ZERO(minbtf_unresolved_failure(NULL));
  ZERO(minbtf_unresolved_guard(NULL));
  ZERO(minbtf_unresolved_reason(NULL));
  EMPTY(minbtf_unresolved_subject(NULL));
  EMPTY(minbtf_unresolved_detail(NULL));
  EMPTY(minbtf_unresolved_text(NULL));
  ZERO(minbtf_unresolved_condition_count(NULL));
  EMPTY(minbtf_unresolved_condition_variable(NULL, 0));
  EMPTY(minbtf_unresolved_condition_section(NULL, 0));
  ZERO(minbtf_unresolved_condition_value(NULL, 0));
  ZERO(minbtf_unresolved_condition_is_signed(NULL, 0));
  EMPTY(minbtf_unresolved_conditions_text(NULL));
  ZERO(minbtf_comparison_holds(NULL));
  ZERO(minbtf_comparison_relocation_count(NULL));
  ZERO(minbtf_comparison_question_count(NULL));
  ZERO(minbtf_comparison_asked_count(NULL));
  ZERO(minbtf_comparison_same_byte_order(NULL));
  ZERO(minbtf_comparison_difference_count(NULL));
  NONE(minbtf_comparison_difference(NULL, 0));
  ZERO(minbtf_comparison_kept_count(NULL));
  expect(minbtf_comparison_kept(NULL, 0) == SIZE_MAX, "minbtf_comparison_kept(NULL, 0)");
  ZERO(minbtf_comparison_kept_difference_count(NULL));
  expect(minbtf_comparison_kept_difference_keep(NULL, 0) == SIZE_MAX, "minbtf_comparison_kept_difference_keep(NULL)");
  EMPTY(minbtf_comparison_kept_difference_text(NULL, 0));
  ZERO(minbtf_difference_object(NULL));
  ZERO(minbtf_difference_relocation(NULL));
  EMPTY(minbtf_difference_subject(NULL));
  ZERO(minbtf_difference_program_count(NULL));
  NO_PROGRAM(minbtf_difference_program(NULL, 0));
  EMPTY(minbtf_difference_loader(NULL));
  ZERO(minbtf_difference_for_foreign_loader(NULL));
  NONE(minbtf_difference_full(NULL));
  EMPTY(minbtf_difference_full_text(NULL));
  NONE(minbtf_difference_reduced(NULL));
  EMPTY(minbtf_difference_reduced_text(NULL));
}

static void try_null_inspection(void) {
  NONE(minbtf_inspection_object(NULL));
  EMPTY(minbtf_inspection_line_damage(NULL));
  expect(minbtf_inspection_without_btf(NULL) == MINBTF_WITHOUT_BTF_FAILS, "minbtf_inspection_without_btf(NULL)");
  ZERO(minbtf_inspection_question_count(NULL));
  ZERO(minbtf_inspection_program_is_subprogram(NULL, 0));
  ZERO(minbtf_inspection_program_is_loaded_by_default(NULL, 0));
  ZERO(minbtf_inspection_program_caller_count(NULL, 0));
  NO_PROGRAM(minbtf_inspection_program_caller(NULL, 0, 0));
  ZERO(minbtf_inspection_type_count(NULL));
  NONE(minbtf_inspection_type(NULL, 0));
  EMPTY(minbtf_inspected_type_name(NULL));
  ZERO(minbtf_inspected_type_question_count(NULL));
  NONE(minbtf_inspected_type_question(NULL, 0));
  ZERO(minbtf_question_kind(NULL));
  EMPTY(minbtf_question_subject(NULL));
  ZERO(minbtf_question_depends_on_kernel(NULL));
  ZERO(minbtf_question_failure(NULL));
  ZERO(minbtf_question_place_count(NULL));
  NONE(minbtf_question_place(NULL, 0));
  ZERO(minbtf_inspection_need_count(NULL));
  NONE(minbtf_inspection_need(NULL, 0));
  ZERO(minbtf_need_kind(NULL));
  NO_PROGRAM(minbtf_need_program(NULL));
  EMPTY(minbtf_need_subject(NULL));
  ZERO(minbtf_need_is_weak(NULL));
  ZERO(minbtf_need_place_count(NULL));
  NONE(minbtf_need_place(NULL, 0));
  ZERO(minbtf_inspection_address_count(NULL));
  NONE(minbtf_inspection_address(NULL, 0));
  EMPTY(minbtf_address_name(NULL));
  ZERO(minbtf_address_is_weak(NULL));
  ZERO(minbtf_address_place_count(NULL));
  NONE(minbtf_address_place(NULL, 0));
  NO_PROGRAM(minbtf_place_program(NULL));
  EMPTY(minbtf_place_section(NULL));
  ZERO(minbtf_place_insn(NULL));
  EMPTY(minbtf_place_file(NULL));
  ZERO(minbtf_place_line(NULL));
  ZERO(minbtf_place_column(NULL));
}

static void free_null(void) {
  minbtf_error_free(NULL);
  minbtf_object_free(NULL);
  minbtf_btf_free(NULL);
  minbtf_plan_builder_free(NULL);
  minbtf_plan_free(NULL);
  minbtf_relocation_free(NULL);
  minbtf_workspace_free(NULL);
  minbtf_reduction_free(NULL);
  minbtf_resolutions_free(NULL);
  minbtf_check_free(NULL);
  minbtf_comparison_free(NULL);
  minbtf_inspection_free(NULL);
}

static void try_numbers(void) {
  expect(strcmp(minbtf_error_kind_text(MINBTF_ERROR_ARGUMENT), "argument") == 0, "text of the last kind");
  expect(strcmp(minbtf_status_text(MINBTF_STATUS_FAILED), "failed") == 0, "text of the last status");
  expect(strcmp(minbtf_without_btf_text(MINBTF_WITHOUT_BTF_FAILS), "fails") == 0, "text of the last result");
  UNKNOWN(minbtf_error_kind_text(MINBTF_ERROR_ARGUMENT + 1));
  UNKNOWN(minbtf_byte_order_text(MINBTF_BIG_ENDIAN + 1));
  UNKNOWN(minbtf_relocation_kind_text(MINBTF_TYPE_MATCHES + 1));
  UNKNOWN(minbtf_status_text(MINBTF_STATUS_FAILED + 1));
  UNKNOWN(minbtf_failure_text(MINBTF_FAILURE_OTHER_BYTE_ORDER + 1));
  UNKNOWN(minbtf_unresolved_reason_text(MINBTF_UNRESOLVED_OTHER + 1));
  UNKNOWN(minbtf_guard_text(MINBTF_GUARD_UNREACHABLE + 1));
  UNKNOWN(minbtf_need_kind_text(MINBTF_NEED_STRUCT_OPS_MAP + 1));
  UNKNOWN(minbtf_without_btf_text(MINBTF_WITHOUT_BTF_FAILS + 1));
  UNKNOWN(minbtf_failure_text(UINT32_MAX));
  expect(strchr(minbtf_version(), '.') != NULL, "minbtf_version()");
}

static void try_indices(const struct minbtf_object* object, const struct minbtf_plan* plan,
                        const struct minbtf_btf* kernel) {
  const size_t programs = minbtf_object_program_count(object);
  bool loaded[1] = {true};
  EMPTY(minbtf_object_program_name(object, programs));
  EMPTY(minbtf_object_program_section(object, SIZE_MAX));
  NONE(minbtf_plan_object(plan, 1));
  EMPTY(minbtf_plan_keep(plan, 1));
  ZERO(minbtf_plan_takes_part(plan, 1, MINBTF_LITTLE_ENDIAN));
  ZERO(minbtf_plan_takes_part(plan, 0, 2));
  REFUSED(minbtf_plan_describe(plan, 1, 0, error), "the plan has no object 1");
  REFUSED(minbtf_plan_describe(plan, 0, 1000000, error), "the object has no relocation 1000000");
  REFUSED(minbtf_plan_resolve(plan, kernel, 1, NULL, 0, error), "the plan has no object 1");
  REFUSED(minbtf_plan_resolve(plan, kernel, 0, NULL, programs, error), "loaded is NULL");
  REFUSED(minbtf_plan_resolve(plan, kernel, 0, loaded, programs + 1, error),
          "loaded_count is 3, and the object has 2 programs");
  REFUSED(minbtf_plan_resolve(plan, NULL, 0, NULL, 0, error), "btf is NULL");
  REFUSED(minbtf_plan_minimize(plan, NULL, error), "kernel is NULL");
  REFUSED(minbtf_plan_minimize_bytes(plan, NULL, 1, "", NULL, error), "bytes is NULL");
  REFUSED(minbtf_plan_minimize_bytes(plan, "", 1, NULL, NULL, error), "name is NULL");
  REFUSED(minbtf_plan_check(plan, NULL, error), "kernel is NULL");
  REFUSED(minbtf_plan_check_bytes(plan, NULL, 1, "", NULL, error), "bytes is NULL");
  REFUSED(minbtf_plan_compare(plan, NULL, kernel, error), "full is NULL");
  REFUSED(minbtf_plan_compare(plan, kernel, NULL, error), "reduced is NULL");
  REFUSED(minbtf_plan_compare_bytes(plan, NULL, 1, "", kernel, NULL, error), "full is NULL");
  REFUSED(minbtf_plan_compare_bytes(plan, "", 1, NULL, kernel, NULL, error), "full_name is NULL");
  REFUSED(minbtf_plan_compare_bytes(plan, "", 1, "", NULL, NULL, error), "reduced is NULL");
  REFUSED_NUMBER(minbtf_plan_kept_in(plan, NULL, NULL, error), "btf is NULL");
  REFUSED_NUMBER(minbtf_plan_kept_in(plan, kernel, NULL, error), "kept is NULL");
  REFUSED(minbtf_object_renamed(object, NULL, error), "name is NULL");
}

static void try_builder(struct minbtf_plan_builder* builder) {
  REFUSED_NUMBER(minbtf_plan_builder_add_object(builder, NULL, error), "object is NULL");
  REFUSED_NUMBER(minbtf_plan_builder_add_keep(builder, NULL, error), "keep is NULL");
  REFUSED_NUMBER(minbtf_plan_builder_add_keep(builder, "sock", error),
                 "not KIND:NAME, such as struct:sock or enum:skb_drop_reason");
}

int main(int argc, char** argv) {
  struct minbtf_error* error = NULL;
  struct minbtf_object* object;
  struct minbtf_object* renamed;
  struct minbtf_btf* kernel;
  struct minbtf_plan* plan;
  struct minbtf_plan_builder* builder = minbtf_plan_builder_new(NULL);
  if (argc != 3) return 2;
  try_null_inputs();
  try_null_plan();
  try_null_handles();
  try_null_results();
  try_null_inspection();
  free_null();
  try_numbers();

  try_builder(builder);
  object = minbtf_object_from_file(argv[2], &error);
  expect(object != NULL && error == NULL, "minbtf_object_from_file()");
  renamed = minbtf_object_renamed(object, "other", &error);
  expect(strcmp(minbtf_object_name(renamed), "other") == 0, "minbtf_object_renamed()");
  // A function that succeeds sets the error to NULL, whatever it was.
  error = (struct minbtf_error*)(void*)&error;
  expect(minbtf_plan_builder_add_object(builder, renamed, &error) == 0 && error == NULL, "add_object()");
  expect(minbtf_plan_builder_add_keep(builder, "struct:task_struct", NULL) == 0, "add_keep()");
  error = (struct minbtf_error*)(void*)&error;
  plan = minbtf_plan_builder_build(builder, &error);
  expect(plan != NULL && error == NULL, "minbtf_plan_builder_build()");
  // What was added is not needed afterwards, and what was refused is not in the plan.
  minbtf_object_free(renamed);
  minbtf_plan_builder_free(builder);
  expect(minbtf_plan_object_count(plan) == 1 && minbtf_plan_keep_count(plan) == 1, "minbtf_plan_builder_build()");
  kernel = minbtf_btf_from_file(argv[1], NULL);
  try_indices(object, plan, kernel);

  minbtf_btf_free(kernel);
  minbtf_plan_free(plan);
  minbtf_object_free(object);
  return failures == 0 ? 0 : 1;
}
