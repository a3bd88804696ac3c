/* SPDX-License-Identifier: BSD-2-Clause */
/* All six kinds of field relocations. The members are bitfields in the kernel, here, in both, or in neither. */
#include "oracle_core.h"

struct task_struct {
  unsigned int sched_reset_on_fork : 1;
  unsigned int sched_contributes_to_load : 1;
  unsigned int sched_migrated : 1;
  unsigned int in_execve : 1;
  unsigned int in_iowait : 1;
  unsigned int no_cgroup_migration : 1;
  unsigned int frozen : 1;
  unsigned int brk_randomized : 1;
  unsigned int never_a_bit : 3;
  unsigned int personality : 9; /* not a bitfield in the kernel, but an unsigned int */
} CORE;

/* The same members, declared without a bit length. */
struct task_struct___whole {
  unsigned int sched_reset_on_fork;
  unsigned int in_iowait;
  u64 frozen;
} CORE;

struct sk_buff {
  union {
    struct {
      u8 cloned : 1;
      u8 nohdr : 1;
      u8 fclone : 2;
      u8 pkt_type : 3;
      u8 ip_summed : 2;
      u8 csum_level : 2;
      u8 encapsulation : 1;
      u8 ipvs_property : 1;
      u8 mark : 5;
    };
  };
} CORE;

struct tcp_sock {
  u8 nonagle : 4;
  u8 thin_lto : 1;
  u8 recvmsg_inq : 1;
  u8 fastopen_connect : 1;
  u16 is_sack_reneg : 1;
} CORE;

struct fred_ss {
  u64 ss : 16;
  u64 vector : 8;
  u64 insnlen : 4;
} CORE;

struct iphdr {
  u8 ihl : 4;
  u8 version : 4;
  u8 ttl;
} CORE;

struct page {
  union {
    struct {
      unsigned inuse : 16;
      unsigned objects : 15;
      unsigned frozen : 1;
    };
  };
} CORE;

SEC("raw_tp/sys_enter") int task_bits(void *context) {
  (void)context;
  ASK_FIELD(struct task_struct, sched_reset_on_fork);
  ASK_FIELD(struct task_struct, sched_contributes_to_load);
  ASK_FIELD(struct task_struct, sched_migrated);
  ASK_FIELD(struct task_struct, in_execve);
  ASK_FIELD(struct task_struct, in_iowait);
  ASK_FIELD(struct task_struct, no_cgroup_migration);
  ASK_FIELD(struct task_struct, frozen);
  ASK_FIELD(struct task_struct, brk_randomized);
  return 0;
}

SEC("raw_tp/sys_enter") int mixed_bits(void *context) {
  (void)context;
  ASK_FIELD(struct task_struct, never_a_bit);
  ASK_FIELD(struct task_struct, personality);
  ASK_FIELD(struct task_struct___whole, sched_reset_on_fork);
  ASK_FIELD(struct task_struct___whole, in_iowait);
  ASK_FIELD(struct task_struct___whole, frozen);
  return 0;
}

SEC("raw_tp/sys_exit") int packet_bits(void *context) {
  (void)context;
  ASK_FIELD(struct sk_buff, cloned);
  ASK_FIELD(struct sk_buff, nohdr);
  ASK_FIELD(struct sk_buff, fclone);
  ASK_FIELD(struct sk_buff, pkt_type);
  ASK_FIELD(struct sk_buff, ip_summed);
  ASK_FIELD(struct sk_buff, csum_level);
  ASK_FIELD(struct sk_buff, encapsulation);
  ASK_FIELD(struct sk_buff, ipvs_property);
  ASK_FIELD(struct sk_buff, mark);
  return 0;
}

SEC("raw_tp/sys_exit") int socket_bits(void *context) {
  (void)context;
  ASK_FIELD(struct tcp_sock, nonagle);
  ASK_FIELD(struct tcp_sock, thin_lto);
  ASK_FIELD(struct tcp_sock, recvmsg_inq);
  ASK_FIELD(struct tcp_sock, fastopen_connect);
  ASK_FIELD(struct tcp_sock, is_sack_reneg);
  ASK_FIELD(struct iphdr, ihl);
  ASK_FIELD(struct iphdr, version);
  ASK_FIELD(struct iphdr, ttl);
  return 0;
}

SEC("raw_tp/sys_exit") int wide_bits(struct fred_ss *context) {
  ASK_FIELD(struct fred_ss, ss);
  ASK_FIELD(struct fred_ss, vector);
  ASK_FIELD(struct fred_ss, insnlen);
  ASK_FIELD(struct page, inuse);
  ASK_FIELD(struct page, objects);
  ASK_FIELD(struct page, frozen);
  ASK(context->ss);
  ASK(context->insnlen);
  return 0;
}
