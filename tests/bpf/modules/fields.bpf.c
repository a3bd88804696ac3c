/* SPDX-License-Identifier: BSD-2-Clause */
/* Fields of types of modules, a program for each type: some are in one module, others are equal copies in up to 379
   modules, and some are in vmlinux. The members are those of Debian's kernel 6.1. */
#include "modules.h"

struct btrfs_inode {
  u64 runtime_flags;
  u32 defrag_compress;
  void* root;
} CORE;

struct btrfs_fs_info {
  u64 flags;
  u64 last_root_drop_gen;
  void* tree_root;
} CORE;

struct ovl_fs {
  u32 numlayer;
  u32 errseq;
  void* layers;
} CORE;

struct xfs_mount {
  s32 m_bsize;
  u32 m_generation;
  void* m_super;
} CORE;

struct ext4_sb_info {
  u64 s_desc_size;
  u32 s_fc_ineligible_tid;
  void* s_sbh;
} CORE;

struct nfs_inode {
  u64 fileid;
  u64 read_io;
  void* ooo;
} CORE;

struct drm_i915_private {
  u8 do_release;
  u8 snps_phy_failed_calibration;
  void* gvt;
} CORE;

struct vcpu_vmx {
  u8 fail;
  u8 disable_fb_clear;
  void* loaded_vmcs;
} CORE;

struct vxlan_dev {
  u32 addrcnt;
  void* vn4_sock;
} CORE;

struct wg_device {
  u32 num_peers;
  u16 incoming_port;
  void* dev;
} CORE;

struct fuse_conn {
  u32 max_read;
  s32 ctl_ndents;
  void* pid_ns;
} CORE;

struct TCP_Server_Info {
  u64 conn_id;
  u8 is_dfs_conn;
  void* ops;
} CORE;

struct dm_target {
  u64 begin;
  u32 per_io_data_size;
  void* table;
} CORE;

struct usb_hub {
  s32 error;
  u32 wakeup_enabled_descendants;
  void* intfdev;
} CORE;

struct snd_pcm_substream {
  s32 number;
  u32 f_flags;
  void* pcm;
} CORE;

struct hda_codec {
  u32 addr;
  s32 fixup_id;
  void* bus;
} CORE;

struct tun_struct {
  u32 numqueues;
  u32 rx_batched;
  void* dev;
} CORE;

struct bonding {
  u8 force_primary;
  u8 igmp_retrans;
  void* dev;
} CORE;

struct amdgpu_device {
  u32 family;
  u8 dc_enabled;
  void* dev;
} CORE;

struct nvme_ctrl {
  u8 comp_seen;
  u64 discard_page_busy;
  void* ops;
} CORE;

struct e1000_adapter {
  u16 mng_vlan_id;
  u32 eeprom_wol;
  void* tx_ring;
} CORE;

struct r5conf {
  s32 chunk_sectors;
  s32 pending_data_cnt;
  void* stripe_hashtbl;
} CORE;

struct media_entity {
  u32 function;
  s32 use_count;
  void* name;
} CORE;

struct usb_driver {
  void* name;
} CORE;

struct iio_dev {
  s32 modes;
  s32 num_channels;
  void* buffer;
} CORE;

struct Scsi_Host {
  u32 host_failed;
  u32 irq;
  void* host_lock;
} CORE;

struct task_struct {
  u32 __state;
  s32 mce_count;
  void* stack;
} CORE;

struct kvm_vcpu {
  s32 cpu;
  u64 last_used_slot_gen;
  void* kvm;
} CORE;

struct nf_conn {
  u32 timeout;
  u32 secmark;
  void* master;
} CORE;

struct net_bridge {
  u64 options;
  u64 busy_hwdoms;
  void* dev;
} CORE;

struct file_system_type {
  s32 fs_flags;
  void* name;
} CORE;

struct module {
  u32 num_syms;
  s32 its_num_pages;
  void* modinfo_attrs;
} CORE;

PROGRAM(btrfs_inode) {
  ASK_FIELD(struct btrfs_inode, runtime_flags);
  ASK_FIELD(struct btrfs_inode, defrag_compress);
  ASK_POINTER(struct btrfs_inode, root);
  ASK_SIZE(struct btrfs_inode);
  return 0;
}

PROGRAM(btrfs_fs_info) {
  ASK_FIELD(struct btrfs_fs_info, flags);
  ASK_FIELD(struct btrfs_fs_info, last_root_drop_gen);
  ASK_POINTER(struct btrfs_fs_info, tree_root);
  ASK_SIZE(struct btrfs_fs_info);
  return 0;
}

PROGRAM(ovl_fs) {
  ASK_FIELD(struct ovl_fs, numlayer);
  ASK_FIELD(struct ovl_fs, errseq);
  ASK_POINTER(struct ovl_fs, layers);
  ASK_SIZE(struct ovl_fs);
  return 0;
}

PROGRAM(xfs_mount) {
  ASK_FIELD(struct xfs_mount, m_bsize);
  ASK_FIELD(struct xfs_mount, m_generation);
  ASK_POINTER(struct xfs_mount, m_super);
  ASK_SIZE(struct xfs_mount);
  return 0;
}

PROGRAM(ext4_sb_info) {
  ASK_FIELD(struct ext4_sb_info, s_desc_size);
  ASK_FIELD(struct ext4_sb_info, s_fc_ineligible_tid);
  ASK_POINTER(struct ext4_sb_info, s_sbh);
  ASK_SIZE(struct ext4_sb_info);
  return 0;
}

PROGRAM(nfs_inode) {
  ASK_FIELD(struct nfs_inode, fileid);
  ASK_FIELD(struct nfs_inode, read_io);
  ASK_POINTER(struct nfs_inode, ooo);
  ASK_SIZE(struct nfs_inode);
  return 0;
}

PROGRAM(drm_i915_private) {
  ASK_FIELD(struct drm_i915_private, do_release);
  ASK_FIELD(struct drm_i915_private, snps_phy_failed_calibration);
  ASK_POINTER(struct drm_i915_private, gvt);
  ASK_SIZE(struct drm_i915_private);
  return 0;
}

PROGRAM(vcpu_vmx) {
  ASK_FIELD(struct vcpu_vmx, fail);
  ASK_FIELD(struct vcpu_vmx, disable_fb_clear);
  ASK_POINTER(struct vcpu_vmx, loaded_vmcs);
  ASK_SIZE(struct vcpu_vmx);
  return 0;
}

PROGRAM(vxlan_dev) {
  ASK_FIELD(struct vxlan_dev, addrcnt);
  ASK_POINTER(struct vxlan_dev, vn4_sock);
  ASK_SIZE(struct vxlan_dev);
  return 0;
}

PROGRAM(wg_device) {
  ASK_FIELD(struct wg_device, num_peers);
  ASK_FIELD(struct wg_device, incoming_port);
  ASK_POINTER(struct wg_device, dev);
  ASK_SIZE(struct wg_device);
  return 0;
}

PROGRAM(fuse_conn) {
  ASK_FIELD(struct fuse_conn, max_read);
  ASK_FIELD(struct fuse_conn, ctl_ndents);
  ASK_POINTER(struct fuse_conn, pid_ns);
  ASK_SIZE(struct fuse_conn);
  return 0;
}

PROGRAM(TCP_Server_Info) {
  ASK_FIELD(struct TCP_Server_Info, conn_id);
  ASK_FIELD(struct TCP_Server_Info, is_dfs_conn);
  ASK_POINTER(struct TCP_Server_Info, ops);
  ASK_SIZE(struct TCP_Server_Info);
  return 0;
}

PROGRAM(dm_target) {
  ASK_FIELD(struct dm_target, begin);
  ASK_FIELD(struct dm_target, per_io_data_size);
  ASK_POINTER(struct dm_target, table);
  ASK_SIZE(struct dm_target);
  return 0;
}

PROGRAM(usb_hub) {
  ASK_FIELD(struct usb_hub, error);
  ASK_FIELD(struct usb_hub, wakeup_enabled_descendants);
  ASK_POINTER(struct usb_hub, intfdev);
  ASK_SIZE(struct usb_hub);
  return 0;
}

PROGRAM(snd_pcm_substream) {
  ASK_FIELD(struct snd_pcm_substream, number);
  ASK_FIELD(struct snd_pcm_substream, f_flags);
  ASK_POINTER(struct snd_pcm_substream, pcm);
  ASK_SIZE(struct snd_pcm_substream);
  return 0;
}

PROGRAM(hda_codec) {
  ASK_FIELD(struct hda_codec, addr);
  ASK_FIELD(struct hda_codec, fixup_id);
  ASK_POINTER(struct hda_codec, bus);
  ASK_SIZE(struct hda_codec);
  return 0;
}

PROGRAM(tun_struct) {
  ASK_FIELD(struct tun_struct, numqueues);
  ASK_FIELD(struct tun_struct, rx_batched);
  ASK_POINTER(struct tun_struct, dev);
  ASK_SIZE(struct tun_struct);
  return 0;
}

PROGRAM(bonding) {
  ASK_FIELD(struct bonding, force_primary);
  ASK_FIELD(struct bonding, igmp_retrans);
  ASK_POINTER(struct bonding, dev);
  ASK_SIZE(struct bonding);
  return 0;
}

PROGRAM(amdgpu_device) {
  ASK_FIELD(struct amdgpu_device, family);
  ASK_FIELD(struct amdgpu_device, dc_enabled);
  ASK_POINTER(struct amdgpu_device, dev);
  ASK_SIZE(struct amdgpu_device);
  return 0;
}

PROGRAM(nvme_ctrl) {
  ASK_FIELD(struct nvme_ctrl, comp_seen);
  ASK_FIELD(struct nvme_ctrl, discard_page_busy);
  ASK_POINTER(struct nvme_ctrl, ops);
  ASK_SIZE(struct nvme_ctrl);
  return 0;
}

PROGRAM(e1000_adapter) {
  ASK_FIELD(struct e1000_adapter, mng_vlan_id);
  ASK_FIELD(struct e1000_adapter, eeprom_wol);
  ASK_POINTER(struct e1000_adapter, tx_ring);
  ASK_SIZE(struct e1000_adapter);
  return 0;
}

PROGRAM(r5conf) {
  ASK_FIELD(struct r5conf, chunk_sectors);
  ASK_FIELD(struct r5conf, pending_data_cnt);
  ASK_POINTER(struct r5conf, stripe_hashtbl);
  ASK_SIZE(struct r5conf);
  return 0;
}

PROGRAM(media_entity) {
  ASK_FIELD(struct media_entity, function);
  ASK_FIELD(struct media_entity, use_count);
  ASK_POINTER(struct media_entity, name);
  ASK_SIZE(struct media_entity);
  return 0;
}

PROGRAM(usb_driver) {
  ASK_POINTER(struct usb_driver, name);
  ASK_SIZE(struct usb_driver);
  return 0;
}

PROGRAM(iio_dev) {
  ASK_FIELD(struct iio_dev, modes);
  ASK_FIELD(struct iio_dev, num_channels);
  ASK_POINTER(struct iio_dev, buffer);
  ASK_SIZE(struct iio_dev);
  return 0;
}

PROGRAM(Scsi_Host) {
  ASK_FIELD(struct Scsi_Host, host_failed);
  ASK_FIELD(struct Scsi_Host, irq);
  ASK_POINTER(struct Scsi_Host, host_lock);
  ASK_SIZE(struct Scsi_Host);
  return 0;
}

PROGRAM(task_struct) {
  ASK_FIELD(struct task_struct, __state);
  ASK_FIELD(struct task_struct, mce_count);
  ASK_POINTER(struct task_struct, stack);
  ASK_SIZE(struct task_struct);
  return 0;
}

PROGRAM(kvm_vcpu) {
  ASK_FIELD(struct kvm_vcpu, cpu);
  ASK_FIELD(struct kvm_vcpu, last_used_slot_gen);
  ASK_POINTER(struct kvm_vcpu, kvm);
  ASK_SIZE(struct kvm_vcpu);
  return 0;
}

PROGRAM(nf_conn) {
  ASK_FIELD(struct nf_conn, timeout);
  ASK_FIELD(struct nf_conn, secmark);
  ASK_POINTER(struct nf_conn, master);
  ASK_SIZE(struct nf_conn);
  return 0;
}

PROGRAM(net_bridge) {
  ASK_FIELD(struct net_bridge, options);
  ASK_FIELD(struct net_bridge, busy_hwdoms);
  ASK_POINTER(struct net_bridge, dev);
  ASK_SIZE(struct net_bridge);
  return 0;
}

PROGRAM(file_system_type) {
  ASK_FIELD(struct file_system_type, fs_flags);
  ASK_POINTER(struct file_system_type, name);
  ASK_SIZE(struct file_system_type);
  return 0;
}

PROGRAM(module) {
  ASK_FIELD(struct module, num_syms);
  ASK_FIELD(struct module, its_num_pages);
  ASK_POINTER(struct module, modinfo_attrs);
  ASK_SIZE(struct module);
  return 0;
}
