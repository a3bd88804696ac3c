/* SPDX-License-Identifier: BSD-2-Clause */
/* Names that modules and vmlinux define differently, types without fields, and what no kernel has. The members are
   those of Debian's kernel 6.1. */
#include "modules.h"

/* Two modules define it, at other places: ambiguous if both are loaded. */
struct slave {
  void* dev;
} CORE;

PROGRAM(slave) {
  ASK_POINTER(struct slave, dev);
  ASK_SIZE(struct slave);
  return 0;
}

struct ovl_inode {
  u64 version;
  void* redirect;
} CORE;

PROGRAM(ovl_inode) {
  ASK_FIELD(struct ovl_inode, version);
  ASK_POINTER(struct ovl_inode, redirect);
  return 0;
}

/* vmlinux has a struct mac_addr of its own, with another member. Modules hold theirs by value. */
struct mac_addr {
  u8 addr[6];
} CORE;

struct mac_addr___of_modules {
  u8 mac_addr_value[6];
} CORE;

struct lacpdu {
  u8 subtype;
  struct mac_addr___of_modules actor_system;
} CORE;

PROGRAM(mac_addr) {
  ASK_ARRAY(struct mac_addr, addr);
  ASK_ARRAY(struct mac_addr___of_modules, mac_addr_value);
  ASK_SIZE(struct mac_addr);
  return 0;
}

PROGRAM(lacpdu) {
  ASK_FIELD(struct lacpdu, subtype);
  ASK_ARRAY(struct lacpdu, actor_system.mac_addr_value);
  return 0;
}

/* vmlinux has struct context and struct console, too. Four different structs of modules are named port. */
struct context {
  u32 user;
  u32 regs;
} CORE;

struct iso_context {
  struct context context;
  u64 header_length;
} CORE;

struct console {
  void* read;
} CORE;

struct console___of_module {
  u32 vtermno;
} CORE;

struct port {
  u16 actor_port_number;
  struct console___of_module cons;
  struct mac_addr___of_modules actor_system;
} CORE;

PROGRAM(context) {
  ASK_FIELD(struct context, user);
  ASK_FIELD(struct context, regs);
  return 0;
}

PROGRAM(iso_context) {
  ASK_FIELD(struct iso_context, context.regs);
  ASK_FIELD(struct iso_context, header_length);
  return 0;
}

PROGRAM(console) {
  ASK_POINTER(struct console, read);
  ASK_FIELD(struct console___of_module, vtermno);
  return 0;
}

PROGRAM(port) {
  ASK_FIELD(struct port, actor_port_number);
  ASK_FIELD(struct port, cons.vtermno);
  ASK_SIZE(struct port);
  return 0;
}

PROGRAM(port_address) {
  ASK_ARRAY(struct port, actor_system.mac_addr_value);
  return 0;
}

/* 22 modules have a struct map_info that is not that of vmlinux. */
struct map_info {
  u64 vaddr;
  u64 size;
} CORE;

struct map_pci_info {
  struct map_info map;
  void* exit;
} CORE;

PROGRAM(map_info) {
  ASK_FIELD(struct map_info, vaddr);
  ASK_FIELD(struct map_info, size);
  return 0;
}

PROGRAM(map_pci_info) {
  ASK_FIELD(struct map_pci_info, map.size);
  ASK_POINTER(struct map_pci_info, exit);
  return 0;
}

/* Flavors, and what no kernel has. */
struct btrfs_inode___flavor {
  u64 generation;
  u64 no_such_member;
} CORE;

struct no_such_struct {
  int member;
} CORE;

PROGRAM(flavors) {
  ASK_FIELD(struct btrfs_inode___flavor, generation);
  ASK(EXISTS(struct btrfs_inode___flavor, no_such_member));
  ASK(EXISTS(struct no_such_struct, member));
  return 0;
}

PROGRAM(missing_member) {
  ASK(OFFSET_OF(struct btrfs_inode___flavor, no_such_member));
  ASK(OFFSET_OF(struct no_such_struct, member));
  return 0;
}

enum media_entity_type {
  MEDIA_ENTITY_TYPE_BASE,
  MEDIA_ENTITY_TYPE_VIDEO_DEVICE,
};

enum nf_nat_manip_type {
  NF_NAT_MANIP_SRC,
  NF_NAT_MANIP_DST,
};

PROGRAM(enumerators) {
  ASK(ENUM_VALUE(enum media_entity_type, MEDIA_ENTITY_TYPE_VIDEO_DEVICE));
  ASK(ENUM_EXISTS(enum media_entity_type, MEDIA_ENTITY_TYPE_BASE));
  ASK(ENUM_VALUE(enum nf_nat_manip_type, NF_NAT_MANIP_DST));
  return 0;
}

typedef u64 snd_pcm_uframes_t;
typedef int snd_kcontrol_get_t(void*, void*);

PROGRAM(typedefs) {
  ASK(TYPE_EXISTS(snd_pcm_uframes_t));
  ASK(TYPE_SIZE(snd_pcm_uframes_t));
  ASK(TYPE_EXISTS(snd_kcontrol_get_t));
  ASK(TYPE_MATCHES(snd_pcm_uframes_t));
  ASK(TYPE_MATCHES(enum media_entity_type));
  return 0;
}

/* Only type ids tell equal copies of a type apart. */
struct wg_device {
  u32 num_peers;
};

struct snd_pcm_str {
  s32 stream;
} CORE;

PROGRAM(type_ids) {
  ASK(TYPE_ID_TARGET(struct wg_device));
  ASK(TYPE_ID_TARGET(struct snd_pcm_str));
  ASK(OFFSET_OF(struct snd_pcm_str, stream));
  return 0;
}
