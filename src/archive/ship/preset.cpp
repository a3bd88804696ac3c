// SPDX-License-Identifier: BSD-2-Clause
#include "archive/ship/preset.hpp"

#include <algorithm>
#include <array>

#include "archive/ship/go_embed_name.hpp"

namespace minbtf::archive {

namespace {

using namespace std::string_view_literals;

// btfPlatformFromString() in pkg/ebpf/btf.go of the DataDog agent.
constexpr std::array datadog_ids = {"amzn"sv,          "centos"sv, "debian"sv, "fedora"sv, "ol"sv,
                                    "opensuse-leap"sv, "rhel"sv,   "sles"sv,   "ubuntu"sv};

constexpr std::array all = {
    Preset{.name = "bcc",
           .consumer = "BCC's libbpf-tools (ensure_core_btf), linked in as _binary_min_core_btfs_tar_gz_start",
           .makes = "a tar.gz",
           .path = "./{id}/{version}/{machine}/{release}.btf",
           .file_name = "min_core_btfs.tar.gz",
           .form = ShipForm::tar_gz,
           .os_release = OsRelease::bcc,
           .limit = NameLimit::name_field,
           .note = "ID as os-release writes it: quotes are part of the name (\"centos\"/7/...). VERSION_ID is\n"
                   "empty where os-release has no double quotes around it (fedora//...). A name has at most\n"
                   "99 bytes.\n"},
    Preset{.name = "tracee",
           .consumer = "Tracee: go:embed \"dist/btfhub/*\"",
           .makes = "a directory: dist/btfhub",
           .path = "{id}/{version}/{machine}/{release}.btf",
           .file_name = {},
           .limit = NameLimit::go_embed,
           .note = "Names that go:embed refuses are left out with a warning.\n"},
    Preset{.name = "kyanos",
           .consumer = "kyanos: go:embed of custom-archive",
           .makes = "a directory: custom-archive",
           .path = "{id}/{version}/{machine}/{release}.btf",
           .file_name = {},
           .limit = NameLimit::go_embed,
           .note = "Names that go:embed refuses are left out with a warning.\n"},
    Preset{.name = "ig",
           .consumer = "Inspektor Gadget, BTF in the program: go:embed of btfs/x86 or btfs/arm64",
           .makes = "a directory for each architecture: btfs/{bpfarch}",
           .path = "{id}/{version}/{machine}/{release}.btf",
           .file_name = {},
           .os_release = OsRelease::quoted_id,
           .limit = NameLimit::go_embed,
           .one_architecture = true,
           .note = "It looks for ID with its quotes, which go:embed refuses: kernels of distributions that quote\n"
                   "ID (centos, rhel, amzn, ...) are left out with a warning. ig-oci carries them.\n"},
    Preset{.name = "ig-oci",
           .consumer = "Inspektor Gadget, layer of an OCI image",
           .makes = "a tar.gz for each architecture",
           .path = "{id}/{version}/{machine}/{release}.btf",
           .file_name = "btfs.tar.gz",
           .form = ShipForm::tar_gz,
           .os_release = OsRelease::quoted_id,
           .one_architecture = true,
           .note = "ID as os-release writes it: quotes are part of the name.\n"},
    Preset{.name = "datadog",
           .consumer = "DataDog agent (system-probe)",
           .makes = "a tar.xz of .btf.tar.xz files for each architecture",
           .path = "{id}/{release}.btf.tar.xz",
           .file_name = "minimized-btfs.tar.xz",
           .form = ShipForm::tar_xz,
           .one_architecture = true,
           .release_aliases = false,
           .ids = datadog_ids,
           .special_id = "ubuntu",
           .special_path = "ubuntu/{version}/{release}.btf.tar.xz",
           .note = "The agent takes a file by its release alone if the archive has only one with it. Aliases would\n"
                   "prevent that.\n"
                   "Distributions that the agent does not know are left out with a warning.\n"},
    Preset{.name = "bpf-compatible",
           .consumer = "eunomia-bpf/bpf-compatible, linked in as _binary_min_core_btfs_tar_gz_start",
           .makes = "a tar.gz",
           .path = "./btfhub-archive/{id}/{version}/{machine}/{release}.btf",
           .file_name = "min_core_btfs.tar.gz",
           .form = ShipForm::tar_gz,
           .note = "The directory ./btfhub-archive is part of the name.\n"},
    Preset{.name = "btfhub",
           .consumer = "programs that download one file, such as ptcpdump; BTFHub's own layout",
           .makes = "a directory",
           .path = "{id}/{version}/{arch}/{release}.btf.tar.xz",
           .file_name = {},
           .note = "BTFHub's names of architectures: x86_64, arm64.\n"},
    Preset{.name = "bundle",
           .consumer = "programs that find their BTF with include/minbtf/bundle.h, or with its Go or Rust reader",
           .makes = "a bundle, which may be compressed",
           .path = "{id}/{version}/{arch}/{release}.btf",
           .file_name = "btfs.bundle",
           .form = ShipForm::bundle,
           .release_aliases = false,
           .is_bundle = true,
           .note = "No names from the release: the reader knows which distributions are related. --alias adds\n"
                   "names, each with 32 bytes.\n"},
    Preset{.name = "boot",
           .consumer = "libbpf and cilium/ebpf, which look for the kernel's BTF themselves",
           .makes = "a directory for each architecture: /boot",
           .path = "vmlinux-{release}",
           .file_name = {},
           .one_architecture = true,
           .release_aliases = false,
           .is_elf = true,
           .note = "Each file is an ELF file with the BTF in a section .BTF.\n"},
};

}  // namespace

std::span<const Preset> presets() noexcept { return all; }

const Preset* find_preset(std::string_view name) noexcept {
  const auto* const found = std::ranges::find(all, name, &Preset::name);
  return found == all.end() ? nullptr : found;
}

std::string_view suffix_of(ShipForm form) noexcept {
  switch (form) {
    case ShipForm::tar_gz:
      return ".tar.gz";
    case ShipForm::tar_xz:
      return ".tar.xz";
    case ShipForm::bundle:
      return ".bundle";
    case ShipForm::directory:
      break;
  }
  return {};
}

std::string refusal_of(NameLimit limit, std::string_view path) {
  if (limit == NameLimit::name_field && path.size() > 99) {
    return "the path has " + std::to_string(path.size()) + " bytes, and the consumer reads at most 99";
  }
  return limit == NameLimit::go_embed ? go_embed_refusal(path) : std::string();
}

}  // namespace minbtf::archive
