/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports each successful execve(), on kernels with BTF and on kernels without it: examples/exec_trace.bpf.c, loaded
 * with libbpf. The program carries the BPF object, and a bundle with the BTF that the object needs.
 *
 *     exec_trace [OPTION...] [COMMAND [ARGUMENT...]]
 *
 *     --btf FILE           BTF of the running kernel: raw, or an ELF file with .BTF
 *     --os-release FILE    os-release of the host (default /etc/os-release)
 *     --nearest            accept the releases on both sides if their BTF is equal
 *     --strict             refuse BTF of another distribution's kernel with this release
 *     --ignore-kernel-btf  do not use the kernel's own BTF
 *     --relocations        print what CO-RE relocations changed in the program
 *
 * With COMMAND, the program runs it, and ends when the command ends. Otherwise it runs until it is interrupted. It
 * prints first which BTF it uses, and why.
 *
 * docs/bundle.md has the commands that build it. libbpf 1.0 or later is needed. */
#define _GNU_SOURCE
#include <bpf/libbpf.h>
#include <errno.h>
#include <getopt.h>
#include <minbtf/bundle.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Written by `min-btf embed`: exec_trace.bundle and exec_trace.bpf.o. */
extern const unsigned char bundle_start[], bundle_end[];
extern const unsigned char object_start[], object_end[];

/* struct event of exec_trace.bpf.c. */
struct event {
  int tgid;
  int parent_tgid;
  unsigned pid_namespace;
  char parent_comm[16];
  char filename[128];
};

static int prints_relocations;
static volatile sig_atomic_t is_interrupted;

static void interrupt(int number) {
  (void)number;
  is_interrupted = 1;
}

/* Prints the warnings of libbpf. Its debug messages are left out, except those about changed instructions. */
static int print_message(enum libbpf_print_level level, const char* format, va_list arguments) {
  if (level == LIBBPF_DEBUG && !(prints_relocations && strstr(format, "patched insn"))) return 0;
  return vfprintf(stderr, format, arguments);
}

static int print_event(void* context, void* data, size_t size) {
  const struct event* event = data;
  (void)context;
  if (size >= sizeof(*event)) {
    printf("exec: %s: process %d, parent %d (%s), PID namespace %u\n", event->filename, event->tgid,
           event->parent_tgid, event->parent_comm, event->pid_namespace);
  }
  return 0;
}

static struct bpf_object* load(const char* btf_path) {
  LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "exec_trace", .btf_custom_path = btf_path);
  struct bpf_object* object = bpf_object__open_mem(object_start, object_end - object_start, &options);
  if (object && bpf_object__load(object) != 0) {
    bpf_object__close(object);
    return NULL;
  }
  return object;
}

/* Prints events; waits at most 100 milliseconds for one. Returns 0 if events cannot be read. */
static int poll_events(struct ring_buffer* events) {
  const int error = ring_buffer__poll(events, 100);
  if (error >= 0 || error == -EINTR) return 1;
  fprintf(stderr, "exec_trace: cannot read events: %s\n", strerror(-error));
  return 0;
}

/* Runs the command and prints events until it ends. Returns its exit status; 1 after an error. */
static int trace_command(struct ring_buffer* events, char** command) {
  int status = 0;
  pid_t ended;
  const pid_t child = fork();
  if (child < 0) {
    fprintf(stderr, "exec_trace: cannot start %s: %s\n", command[0], strerror(errno));
    return 1;
  }
  if (child == 0) {
    execvp(command[0], command);
    fprintf(stderr, "exec_trace: %s: %s\n", command[0], strerror(errno));
    _exit(127);
  }
  while ((ended = waitpid(child, &status, WNOHANG)) == 0) {
    if (poll_events(events)) continue;
    waitpid(child, &status, 0);
    return 1;
  }
  if (ended < 0) {
    fprintf(stderr, "exec_trace: cannot wait for %s: %s\n", command[0], strerror(errno));
    return 1;
  }
  ring_buffer__consume(events);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* Prints events until SIGINT or SIGTERM. Returns the exit status. */
static int trace_all(struct ring_buffer* events) {
  signal(SIGINT, interrupt);
  signal(SIGTERM, interrupt);
  while (!is_interrupted) {
    if (!poll_events(events)) return 1;
  }
  return 0;
}

/* Prints events until the command ends, or until SIGINT or SIGTERM if there is no command. Returns the exit status. */
static int trace(struct bpf_object* object, char** command) {
  struct bpf_link* link = bpf_program__attach(bpf_object__find_program_by_name(object, "trace_exec"));
  struct ring_buffer* events =
      ring_buffer__new(bpf_object__find_map_fd_by_name(object, "events"), print_event, NULL, NULL);
  int status = 1;
  if (!link || !events) {
    fprintf(stderr, "exec_trace: cannot attach trace_exec: %s\n", strerror(errno));
  } else {
    status = *command ? trace_command(events, command) : trace_all(events);
  }
  ring_buffer__free(events);
  bpf_link__destroy(link);
  return status;
}

/* Prints which BTF was found and why; or why none was found, and the kernels that were considered. */
static void print_choice(const struct minbtf_btf_path* btf, const struct minbtf_options* options) {
  const struct minbtf_system* system = &btf->system;
  const struct minbtf_match* match = &btf->match;
  struct minbtf_bundle bundle;
  struct minbtf_kernel kernel;
  if (system->os_release_error != 0 && options->os_release) {
    fprintf(stderr, "exec_trace: warning: %s: %s\n", options->os_release, strerror(system->os_release_error));
  }
  minbtf_bundle_open(&bundle, options->bundle, options->bundle_size);
  if (btf->reason > 0) {
    printf("BTF: %s: %s", minbtf_reason_name(btf->reason), minbtf_reason_text(btf->reason));
    if (btf->reason == MINBTF_USER_PATH) printf(": %s", btf->path);
    if (minbtf_bundle_kernel(&bundle, match->kernel, &kernel) == MINBTF_OK) {
      printf(": %s/%s/%s/%s, %zu bytes", kernel.id, kernel.version_id, minbtf_machine_name(kernel.machine),
             kernel.release, match->size);
    }
    printf("\n");
    return;
  }
  if (btf->reason == MINBTF_SYSTEM_ERROR && options->user_path) {
    fprintf(stderr, "exec_trace: %s: %s\n", options->user_path, strerror(btf->error));
    return;
  }
  fprintf(stderr, "exec_trace: no BTF for %s/%s/%s/%s: %s: %s\n", system->id, system->version_id, system->machine,
          system->release, minbtf_reason_name(btf->reason),
          btf->reason == MINBTF_SYSTEM_ERROR ? strerror(btf->error) : minbtf_reason_text(btf->reason));
  for (uint32_t i = 0; i < match->count; ++i) {
    const uint32_t number = match->first + i;
    if (!minbtf_match_has(&bundle, system, match, number)) continue;
    minbtf_bundle_kernel(&bundle, number, &kernel);
    fprintf(stderr, "  considered: %s/%s/%s/%s, BTF %u\n", kernel.id, kernel.version_id,
            minbtf_machine_name(kernel.machine), kernel.release, kernel.content);
  }
}

static char** parse_arguments(int argc, char** argv, struct minbtf_options* options) {
  static const struct option known[] = {
      {"btf", required_argument, NULL, 'b'},
      {"os-release", required_argument, NULL, 'o'},
      {"nearest", no_argument, NULL, 'n'},
      {"strict", no_argument, NULL, 's'},
      {"ignore-kernel-btf", no_argument, NULL, 'i'},
      {"relocations", no_argument, NULL, 'r'},
      {NULL, 0, NULL, 0},
  };
  int option;
  /* With "+", options behind COMMAND are those of the command. */
  while ((option = getopt_long(argc, argv, "+", known, NULL)) != -1) {
    switch (option) {
      case 'b': options->user_path = optarg; break;
      case 'o': options->os_release = optarg; break;
      case 'n': options->flags |= MINBTF_NEAREST; break;
      case 's': options->flags |= MINBTF_STRICT; break;
      case 'i': options->kernel_btf = ""; break;
      case 'r': prints_relocations = 1; break;
      default: exit(2);
    }
  }
  return argv + optind;
}

int main(int argc, char** argv) {
  struct minbtf_options options = {0};
  struct minbtf_btf_path btf;
  options.bundle = bundle_start;
  options.bundle_size = bundle_end - bundle_start;
  char** command = parse_arguments(argc, argv, &options);
  setvbuf(stdout, NULL, _IOLBF, 0);

  const int reason = minbtf_btf_find(&btf, &options);
  print_choice(&btf, &options);
  if (reason < 0) {
    minbtf_btf_path_close(&btf);
    return 1;
  }
  libbpf_set_print(print_message);
  struct bpf_object* object = load(btf.path);
  minbtf_btf_path_close(&btf);
  if (!object) return 1;
  printf("loaded: trace_exec\n");
  const int status = trace(object, command);
  bpf_object__close(object);
  return status;
}
