/* SPDX-License-Identifier: BSD-2-Clause */
// Prints everything that the C API returns for a kernel and objects, one fact a line, and writes the reduced BTF.
//
//     report OUTPUT KERNEL OTHER [--keep KEEP]... OBJECT...
//
// OTHER is the BTF that is compared with KERNEL; "-" is the reduced BTF. support/capi_report.cpp prints the same by the
// C++ API.
#include <inttypes.h>
#include <minbtf/minbtf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check_error(int is_failure, struct minbtf_error* error) {
  if (!is_failure) return;
  fprintf(stderr, "%s\n", minbtf_error_message(error));
  minbtf_error_free(error);
  exit(1);
}

static const char* word(bool flag) { return flag ? "yes" : "no"; }

static void print_object(const struct minbtf_object* object) {
  size_t i;
  printf("object %s: %s, %zu relocations, note '%s'\n", minbtf_object_name(object),
         minbtf_byte_order_text(minbtf_object_byte_order(object)), minbtf_object_relocation_count(object),
         minbtf_object_note(object));
  for (i = 0; i < minbtf_object_program_count(object); ++i) {
    printf("  program %s in %s\n", minbtf_object_program_name(object, i), minbtf_object_program_section(object, i));
  }
}

static void print_plan(const struct minbtf_plan* plan, const struct minbtf_btf* kernel) {
  struct minbtf_error* error = NULL;
  const size_t keeps = minbtf_plan_keep_count(plan);
  bool* kept = calloc(keeps + 1, sizeof *kept);
  size_t i, j;
  if (kept == NULL) exit(1);
  printf("plan: %zu questions\n", minbtf_plan_question_count(plan));
  check_error(minbtf_plan_kept_in(plan, kernel, kept, &error) < 0, error);
  for (i = 0; i < keeps; ++i) printf("keep %s: %s\n", minbtf_plan_keep(plan, i), word(kept[i]));
  free(kept);
  for (i = 0; i < minbtf_plan_object_count(plan); ++i) {
    const struct minbtf_object* object = minbtf_plan_object(plan, i);
    print_object(object);
    printf("  takes part: %s, %s\n", word(minbtf_plan_takes_part(plan, i, MINBTF_LITTLE_ENDIAN)),
           word(minbtf_plan_takes_part(plan, i, MINBTF_BIG_ENDIAN)));
    for (j = 0; j < minbtf_object_relocation_count(object); ++j) {
      struct minbtf_relocation* relocation = minbtf_plan_describe(plan, i, j, &error);
      check_error(relocation == NULL, error);
      printf("  relocation '%s' in %s at %" PRIu32 ": %s %s\n", minbtf_relocation_program(relocation),
             minbtf_relocation_section(relocation), minbtf_relocation_insn(relocation),
             minbtf_relocation_kind_text(minbtf_relocation_kind(relocation)), minbtf_relocation_subject(relocation));
      minbtf_relocation_free(relocation);
    }
  }
}

static void print_resolution(const struct minbtf_resolution* resolution) {
  printf("  %zu/%zu %s, %s, value %" PRIu64 ", load %" PRIu32 ", %" PRIu32 " of %" PRIu32 " candidates, type %" PRIu32
         "\n",
         minbtf_resolution_object(resolution), minbtf_resolution_relocation(resolution),
         minbtf_status_text(minbtf_resolution_status(resolution)),
         minbtf_failure_text(minbtf_resolution_failure(resolution)), minbtf_resolution_value(resolution),
         minbtf_resolution_load_size(resolution), minbtf_resolution_matching(resolution),
         minbtf_resolution_candidates(resolution), minbtf_resolution_target_type(resolution));
}

static void print_resolutions(struct minbtf_resolutions* resolutions) {
  size_t i;
  for (i = 0; i < minbtf_resolutions_count(resolutions); ++i) print_resolution(minbtf_resolutions_at(resolutions, i));
  minbtf_resolutions_free(resolutions);
}

static void print_reduction(const struct minbtf_reduction* reduction) {
  struct minbtf_error* error = NULL;
  struct minbtf_resolutions* resolutions = minbtf_reduction_resolutions(reduction, &error);
  check_error(resolutions == NULL, error);
  printf("reduction: %zu bytes, %" PRIu32 " of %" PRIu32 " types, %" PRIu32 " members, %" PRIu32 " enumerators\n",
         minbtf_reduction_size(reduction), minbtf_reduction_type_count(reduction),
         minbtf_reduction_source_type_count(reduction), minbtf_reduction_member_count(reduction),
         minbtf_reduction_enumerator_count(reduction));
  printf("%zu resolved, %zu poisoned, %zu failed\n", minbtf_reduction_resolved_count(reduction),
         minbtf_reduction_poisoned_count(reduction), minbtf_reduction_failed_count(reduction));
  print_resolutions(resolutions);
}

// Prints the resolutions of each object with all programs loaded, and with each program alone.
static void print_subsets(const struct minbtf_plan* plan, const struct minbtf_btf* kernel) {
  struct minbtf_error* error = NULL;
  size_t object, program;
  for (object = 0; object < minbtf_plan_object_count(plan); ++object) {
    const size_t programs = minbtf_object_program_count(minbtf_plan_object(plan, object));
    bool* loaded = calloc(programs + 1, sizeof *loaded);
    struct minbtf_resolutions* resolutions = minbtf_plan_resolve(plan, kernel, object, NULL, 0, &error);
    if (loaded == NULL) exit(1);
    check_error(resolutions == NULL, error);
    printf("object %zu, all programs:\n", object);
    print_resolutions(resolutions);
    for (program = 0; program < programs; ++program) {
      loaded[program] = true;
      resolutions = minbtf_plan_resolve(plan, kernel, object, loaded, programs, &error);
      check_error(resolutions == NULL, error);
      printf("object %zu, program %zu:\n", object, program);
      print_resolutions(resolutions);
      loaded[program] = false;
    }
    free(loaded);
  }
}

static void print_check(const struct minbtf_plan* plan, const struct minbtf_btf* kernel) {
  struct minbtf_error* error = NULL;
  struct minbtf_check* check = minbtf_plan_check(plan, kernel, &error);
  size_t i, j;
  check_error(check == NULL, error);
  printf("%zu unresolved\n", minbtf_check_unresolved_count(check));
  for (i = 0; i < minbtf_check_unresolved_count(check); ++i) {
    const struct minbtf_unresolved* each = minbtf_check_unresolved(check, i);
    printf("  %zu/%zu in program %zu: %s, %s, guard %s, %s, '%s', '%s'\n", minbtf_unresolved_object(each),
           minbtf_unresolved_relocation(each), minbtf_unresolved_program(each),
           minbtf_status_text(minbtf_unresolved_status(each)), minbtf_failure_text(minbtf_unresolved_failure(each)),
           minbtf_guard_text(minbtf_unresolved_guard(each)),
           minbtf_unresolved_reason_text(minbtf_unresolved_reason(each)), minbtf_unresolved_subject(each),
           minbtf_unresolved_detail(each));
    printf("    %s; if %s\n", minbtf_unresolved_text(each), minbtf_unresolved_conditions_text(each));
    for (j = 0; j < minbtf_unresolved_condition_count(each); ++j) {
      printf("    %s in %s: %" PRIu64 ", signed %s\n", minbtf_unresolved_condition_variable(each, j),
             minbtf_unresolved_condition_section(each, j), minbtf_unresolved_condition_value(each, j),
             word(minbtf_unresolved_condition_is_signed(each, j)));
    }
  }
  minbtf_check_free(check);
}

static void print_difference(const struct minbtf_difference* difference) {
  size_t i;
  printf("  %zu/%zu %s, loader '%s', foreign %s, programs", minbtf_difference_object(difference),
         minbtf_difference_relocation(difference), minbtf_difference_subject(difference),
         minbtf_difference_loader(difference), word(minbtf_difference_for_foreign_loader(difference)));
  for (i = 0; i < minbtf_difference_program_count(difference); ++i) {
    printf(" %zu", minbtf_difference_program(difference, i));
  }
  printf("\n  full %s\n", minbtf_difference_full_text(difference));
  print_resolution(minbtf_difference_full(difference));
  printf("  reduced %s\n", minbtf_difference_reduced_text(difference));
  print_resolution(minbtf_difference_reduced(difference));
}

static void print_comparison(const struct minbtf_plan* plan, const struct minbtf_btf* full,
                             const struct minbtf_btf* reduced) {
  struct minbtf_error* error = NULL;
  struct minbtf_comparison* comparison = minbtf_plan_compare(plan, full, reduced, &error);
  size_t i;
  check_error(comparison == NULL, error);
  printf("comparison: holds %s, %zu relocations, %zu questions, %zu asked, same byte order %s\n",
         word(minbtf_comparison_holds(comparison)), minbtf_comparison_relocation_count(comparison),
         minbtf_comparison_question_count(comparison), minbtf_comparison_asked_count(comparison),
         word(minbtf_comparison_same_byte_order(comparison)));
  for (i = 0; i < minbtf_comparison_difference_count(comparison); ++i) {
    print_difference(minbtf_comparison_difference(comparison, i));
  }
  for (i = 0; i < minbtf_comparison_kept_count(comparison); ++i) {
    printf("  kept %zu\n", minbtf_comparison_kept(comparison, i));
  }
  for (i = 0; i < minbtf_comparison_kept_difference_count(comparison); ++i) {
    printf("  kept %zu: %s\n", minbtf_comparison_kept_difference_keep(comparison, i),
           minbtf_comparison_kept_difference_text(comparison, i));
  }
  minbtf_comparison_free(comparison);
}

static void print_program(size_t program) {
  if (program == MINBTF_NO_PROGRAM) {
    printf("no program");
  } else {
    printf("program %zu", program);
  }
}

static void print_place(const struct minbtf_place* place) {
  printf("    %s at %" PRIu32 " in ", minbtf_place_section(place), minbtf_place_insn(place));
  print_program(minbtf_place_program(place));
  printf(": %s:%" PRIu32 ":%" PRIu32 "\n", minbtf_place_file(place), minbtf_place_line(place),
         minbtf_place_column(place));
}

static void print_questions(const struct minbtf_inspected_type* type) {
  size_t i, j;
  printf("type '%s'\n", minbtf_inspected_type_name(type));
  for (i = 0; i < minbtf_inspected_type_question_count(type); ++i) {
    const struct minbtf_question* question = minbtf_inspected_type_question(type, i);
    printf("  %s %s, depends on kernel %s, %s\n", minbtf_relocation_kind_text(minbtf_question_kind(question)),
           minbtf_question_subject(question), word(minbtf_question_depends_on_kernel(question)),
           minbtf_failure_text(minbtf_question_failure(question)));
    for (j = 0; j < minbtf_question_place_count(question); ++j) print_place(minbtf_question_place(question, j));
  }
}

static void print_inspection(const struct minbtf_inspection* inspection) {
  const struct minbtf_object* object = minbtf_inspection_object(inspection);
  size_t i, j;
  print_object(object);
  printf("inspection: %zu questions, without BTF %s, line damage '%s'\n", minbtf_inspection_question_count(inspection),
         minbtf_without_btf_text(minbtf_inspection_without_btf(inspection)), minbtf_inspection_line_damage(inspection));
  for (i = 0; i < minbtf_object_program_count(object); ++i) {
    printf("program %zu: subprogram %s, loaded %s, callers", i,
           word(minbtf_inspection_program_is_subprogram(inspection, i)),
           word(minbtf_inspection_program_is_loaded_by_default(inspection, i)));
    for (j = 0; j < minbtf_inspection_program_caller_count(inspection, i); ++j) {
      printf(" %zu", minbtf_inspection_program_caller(inspection, i, j));
    }
    printf("\n");
  }
  for (i = 0; i < minbtf_inspection_type_count(inspection); ++i) print_questions(minbtf_inspection_type(inspection, i));
  for (i = 0; i < minbtf_inspection_need_count(inspection); ++i) {
    const struct minbtf_need* need = minbtf_inspection_need(inspection, i);
    printf("need %s '%s', weak %s, in ", minbtf_need_kind_text(minbtf_need_kind(need)), minbtf_need_subject(need),
           word(minbtf_need_is_weak(need)));
    print_program(minbtf_need_program(need));
    printf("\n");
    for (j = 0; j < minbtf_need_place_count(need); ++j) print_place(minbtf_need_place(need, j));
  }
  for (i = 0; i < minbtf_inspection_address_count(inspection); ++i) {
    const struct minbtf_address* address = minbtf_inspection_address(inspection, i);
    printf("address %s, weak %s\n", minbtf_address_name(address), word(minbtf_address_is_weak(address)));
    for (j = 0; j < minbtf_address_place_count(address); ++j) print_place(minbtf_address_place(address, j));
  }
}

static void inspect(const char* path) {
  struct minbtf_error* error = NULL;
  struct minbtf_inspection* inspection;
  FILE* file = fopen(path, "rb");
  char* bytes;
  long size;
  if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0 || fseek(file, 0, SEEK_SET) != 0) {
    exit(1);
  }
  bytes = malloc((size_t)size + 1);
  if (bytes == NULL || fread(bytes, 1, (size_t)size, file) != (size_t)size) exit(1);
  fclose(file);
  inspection = minbtf_inspection_from_bytes(bytes, (size_t)size, path, &error);
  free(bytes);
  check_error(inspection == NULL, error);
  print_inspection(inspection);
  minbtf_inspection_free(inspection);
}

static void write_file(const char* path, const void* bytes, size_t size) {
  FILE* file = fopen(path, "wb");
  if (file == NULL || fwrite(bytes, 1, size, file) != size || fclose(file) != 0) exit(1);
}

int main(int argc, char** argv) {
  struct minbtf_error* error = NULL;
  struct minbtf_plan_builder* builder = minbtf_plan_builder_new(&error);
  struct minbtf_btf *kernel, *other;
  struct minbtf_plan* plan;
  struct minbtf_reduction* reduction;
  int i;
  if (argc < 5) return 2;
  check_error(builder == NULL, error);
  for (i = 4; i < argc; ++i) {
    struct minbtf_object* object;
    if (strcmp(argv[i], "--keep") == 0) {
      if (++i == argc) return 2;
      check_error(minbtf_plan_builder_add_keep(builder, argv[i], &error) < 0, error);
      continue;
    }
    if (strcmp(argv[i], "--keep-layout") == 0) {
      check_error(minbtf_plan_builder_keep_layout(builder, true, &error) < 0, error);
      continue;
    }
    object = minbtf_object_from_file(argv[i], &error);
    check_error(object == NULL, error);
    check_error(minbtf_plan_builder_add_object(builder, object, &error) < 0, error);
    minbtf_object_free(object);
  }
  plan = minbtf_plan_builder_build(builder, &error);
  check_error(plan == NULL, error);
  minbtf_plan_builder_free(builder);

  kernel = minbtf_btf_from_file(argv[2], &error);
  check_error(kernel == NULL, error);
  printf("kernel %s: %zu bytes, %" PRIu32 " types, %s\n", minbtf_btf_name(kernel), minbtf_btf_size(kernel),
         minbtf_btf_type_count(kernel), minbtf_byte_order_text(minbtf_btf_byte_order(kernel)));
  print_plan(plan, kernel);
  reduction = minbtf_plan_minimize(plan, kernel, &error);
  check_error(reduction == NULL, error);
  write_file(argv[1], minbtf_reduction_bytes(reduction), minbtf_reduction_size(reduction));
  print_reduction(reduction);
  print_subsets(plan, kernel);
  print_check(plan, kernel);
  other = strcmp(argv[3], "-") != 0 ? minbtf_btf_from_file(argv[3], &error)
                                    : minbtf_btf_from_bytes(minbtf_reduction_bytes(reduction),
                                                            minbtf_reduction_size(reduction), "reduced", &error);
  check_error(other == NULL, error);
  print_comparison(plan, kernel, other);
  for (i = 0; i < (int)minbtf_plan_object_count(plan); ++i) {
    inspect(minbtf_object_name(minbtf_plan_object(plan, (size_t)i)));
  }

  minbtf_reduction_free(reduction);
  minbtf_btf_free(other);
  minbtf_btf_free(kernel);
  minbtf_plan_free(plan);
  return 0;
}
