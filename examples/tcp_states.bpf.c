/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports each change of state of a TCP connection, with address and ports. */
#include "core.h"

struct sock_common {
  u32 skc_daddr;
  u16 skc_dport;
  u16 skc_num;
  u16 skc_family;
} CORE;

struct sock {
  struct sock_common __sk_common;
} CORE;

struct event {
  u32 address;
  u16 remote_port; /* big-endian */
  u16 local_port;
  u16 family;
  u16 padding;
  int old_state;
  int new_state;
};

EVENTS;

/* arguments: struct sock *, int oldstate, int newstate */
SEC("raw_tp/inet_sock_set_state")
int trace_state(u64* ctx) {
  struct sock* sk = (void*)ctx[0];
  struct event event = {.old_state = (int)ctx[1], .new_state = (int)ctx[2]};

  read_field(event.address, sk->__sk_common.skc_daddr);
  read_field(event.remote_port, sk->__sk_common.skc_dport);
  read_field(event.local_port, sk->__sk_common.skc_num);
  read_field(event.family, sk->__sk_common.skc_family);
  ringbuf_output(&events, &event, sizeof(event), 0);
  return 0;
}

LICENSE;
