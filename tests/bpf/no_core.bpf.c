/* SPDX-License-Identifier: BSD-2-Clause */
/* A program without CO-RE relocations. */
#include "../../examples/core.h"

SEC("raw_tp/sched_process_exec")
int handle_exec(void* ctx) { return 0; }

LICENSE;
