/* SPDX-License-Identifier: BSD-2-Clause */
/* Enumerators: found by name, whatever the value; of 32 and 64 bits; in flavours; in typedefs of unnamed enums. */
#include "oracle_core.h"

enum bpf_map_type {
  BPF_MAP_TYPE_UNSPEC = 1000,
  BPF_MAP_TYPE_HASH = 1001,
  BPF_MAP_TYPE_RINGBUF = 1002,
  BPF_MAP_TYPE_NEVER = 1003,
};

/* The number of enumerators differs from kernel to kernel. */
enum bpf_prog_type {
  __MAX_BPF_PROG_TYPE = 1,
};

enum bpf_func_id___flavoured {
  BPF_FUNC_ringbuf_output___flavoured = 5,
  BPF_FUNC_get_func_ip___flavoured = 6,
  __BPF_FUNC_MAX_ID___flavoured = 7,
};

/* The values are negative, so that sign extension is tested. */
enum hk_type {
  HK_TYPE_TIMER = -1,
  HK_TYPE_TICK = -2,
};

/* 64 bits in newer kernels' BTF, unsigned. */
enum perf_callchain_context {
  PERF_CONTEXT_HV = -32,
  PERF_CONTEXT_KERNEL = -128,
  PERF_CONTEXT_USER = -512,
  PERF_CONTEXT_MAX = -4095,
};

enum ib_uverbs_device_cap_flags {
  IB_UVERBS_DEVICE_RESIZE_MAX_WR = 1,
  IB_UVERBS_DEVICE_FLUSH_GLOBAL = 0x4000000000ULL,
};

enum limits {
  LIMITS_OF_NO_KERNEL,
};

typedef enum {
  PHY_INTERFACE_MODE_NA,
  PHY_INTERFACE_MODE_SGMII = 100,
  PHY_INTERFACE_MODE_NEVER,
} phy_interface_t;

enum state { state_of_no_kernel };

SEC("raw_tp/sys_enter") int values(void *context) {
  (void)context;
  ASK(ENUM_VALUE(enum bpf_map_type, BPF_MAP_TYPE_UNSPEC));
  ASK(ENUM_VALUE(enum bpf_map_type, BPF_MAP_TYPE_HASH));
  ASK(ENUM_VALUE(enum bpf_map_type, BPF_MAP_TYPE_RINGBUF));
  ASK(ENUM_VALUE(enum bpf_prog_type, __MAX_BPF_PROG_TYPE));
  ASK(ENUM_VALUE(enum bpf_func_id___flavoured, BPF_FUNC_ringbuf_output___flavoured));
  ASK(ENUM_VALUE(enum bpf_func_id___flavoured, __BPF_FUNC_MAX_ID___flavoured));
  ASK(ENUM_VALUE(phy_interface_t, PHY_INTERFACE_MODE_SGMII));
  ASK(ENUM_VALUE(enum hk_type, HK_TYPE_TIMER));
  return 0;
}

SEC("raw_tp/sys_enter") int wide_values(void *context) {
  (void)context;
  ASK(ENUM_VALUE(enum perf_callchain_context, PERF_CONTEXT_HV));
  ASK(ENUM_VALUE(enum perf_callchain_context, PERF_CONTEXT_KERNEL));
  ASK(ENUM_VALUE(enum perf_callchain_context, PERF_CONTEXT_MAX));
  ASK(ENUM_VALUE(enum ib_uverbs_device_cap_flags, IB_UVERBS_DEVICE_FLUSH_GLOBAL));
  ASK(ENUM_VALUE(enum ib_uverbs_device_cap_flags, IB_UVERBS_DEVICE_RESIZE_MAX_WR));
  return 0;
}

SEC("raw_tp/sys_exit") int existence(void *context) {
  (void)context;
  ASK(ENUM_EXISTS(enum bpf_map_type, BPF_MAP_TYPE_RINGBUF));
  ASK(ENUM_EXISTS(enum bpf_map_type, BPF_MAP_TYPE_NEVER));
  ASK(ENUM_EXISTS(enum bpf_func_id___flavoured, BPF_FUNC_get_func_ip___flavoured));
  ASK(ENUM_EXISTS(enum hk_type, HK_TYPE_TICK));
  ASK(ENUM_EXISTS(enum perf_callchain_context, PERF_CONTEXT_USER));
  ASK(ENUM_EXISTS(enum limits, LIMITS_OF_NO_KERNEL));
  ASK(ENUM_EXISTS(phy_interface_t, PHY_INTERFACE_MODE_NEVER));
  ASK(ENUM_EXISTS(enum state, state_of_no_kernel));
  return 0;
}

/* No kernel has these enumerators: the relocations are poisoned. */
SEC("raw_tp/sys_exit") int missing(void *context) {
  (void)context;
  ASK(ENUM_VALUE(enum bpf_map_type, BPF_MAP_TYPE_NEVER));
  ASK(ENUM_VALUE(enum state, state_of_no_kernel));
  return 0;
}
