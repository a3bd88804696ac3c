// SPDX-License-Identifier: BSD-2-Clause
// Writes small seeds for the fuzzers: make_corpus DIRECTORY writes the files DIRECTORY/fuzz_NAME/SEED.
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "fuzz/harness.hpp"
#include "support/forge/ar_forge.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/forge/bundle_forge.hpp"
#include "support/forge/forged_samples.hpp"
#include "support/forge/module_samples.hpp"
#include "support/forge/pack_forge.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;

class Corpus {
 public:
  explicit Corpus(std::filesystem::path directory) : directory_(std::move(directory)) {}

  void add(const std::string& fuzzer, const std::string& seed, const Bytes& bytes) const {
    std::filesystem::create_directories(directory_ / fuzzer);
    std::ofstream file(directory_ / fuzzer / seed, std::ios::binary);
    for (const std::uint8_t byte : bytes) file.put(static_cast<char>(byte));
    if (!file.flush()) throw std::runtime_error("cannot write " + (directory_ / fuzzer / seed).string());
  }

 private:
  std::filesystem::path directory_;
};

const std::vector<std::pair<std::string, ByteOrder>> orders = {{"little", ByteOrder::little}, {"big", ByteOrder::big}};

Bytes with_layout(ByteOrder order) {
  BtfForge forge(order);
  const std::uint32_t int_ = forge.integer("int", 4, 1);
  const std::uint32_t news = forge.type("news", 33, 2, false, int_, {1, 2, 3});
  forge.structure("s", 16, {{"a", int_, 0}, {"next", forge.ptr(news), 64}, {"e", news, 128}});
  forge.header().layout.emplace(34);
  forge.header().layout->at(33) = {.info_sz = 4, .elem_sz = 4, .flags = 0};
  forge.header().gap = 4;
  return forge.bytes();
}

/// An object with every kind of relocation of one type. A seed with all types would be slow to mutate.
Bytes object(ByteOrder order, const EveryKind& all, std::uint32_t type, const std::string& access) {
  return forge_object(all.forge, ask_in_every_way(all.forge, {{type, access}}), {.order = order});
}

struct Ask {
  std::string name;
  std::uint32_t EveryKind::*type;
  std::string access;
};

const std::vector<Ask> asks = {
    {"first", &EveryKind::struct_, "0:0"},
    {"element", &EveryKind::struct_, "0:2:1"},
    {"anonymous", &EveryKind::struct_, "0:3:1"},
    {"bitfield", &EveryKind::bitfields, "0:1"},
    {"enum", &EveryKind::enum_, "0"},
    {"enum64", &EveryKind::enum64, "1"},
    {"typedef", &EveryKind::typedef_, "0"},
};

/// Types that refer to themselves: walks over them are endless or very long.
Bytes cyclic(ByteOrder order) {
  BtfForge forge(order);
  const std::uint32_t int_ = forge.integer("int", 4, 1);
  const std::uint32_t s = forge.next_id();
  forge.structure("s", 8, {{"", s + 1, 0}, {"a", int_, 0}, {"", s, 64}});
  forge.union_("", 8, {{"x", s + 2, 0}, {"list", s + 3, 0}});
  forge.typedef_("t", s + 2);
  forge.array(s + 3, int_, 2);
  const std::uint32_t proto = forge.next_id();
  forge.func_proto(proto, {{"x", proto}});
  forge.structure("s", 8, {{"a", forge.ptr(proto), 0}});
  return forge.bytes();
}

/// Writes kernels in all compressions, and in tars with members of all kinds.
void write_archives(const Corpus& corpus) {
  const Bytes raw = other_sample_kernel();
  const Bytes vmlinux = sample_object({.without_btf_ext = true, .machine = 62});  // EM_X86_64
  const Bytes tar = TarForge().directory("a").file("a/k.btf", raw).symlink("a/l.btf", "k.btf").bytes();
  const Bytes lone = TarForge().file("k.btf", raw).bytes();
  corpus.add("fuzz_archive", "raw", raw);
  corpus.add("fuzz_archive", "vmlinux.gz", compressed(vmlinux, Compression::gzip));
  corpus.add("fuzz_archive", "tar", tar);
  corpus.add("fuzz_archive", "elf.tar",
             TarForge().file("vmlinux", vmlinux).file("readme", "text").hardlink("h.btf", "vmlinux").bytes());
  corpus.add("fuzz_archive", "odd.tar",
             TarForge()
                 .file(std::string(150, 'n') + ".btf", raw)
                 .file("../out.btf", raw)
                 .header({"large.btf", '0', 1 << 20, "", true, ""})
                 .bytes());
  corpus.add("fuzz_archive", "two.tar.gz", compressed(TarForge().raw(lone).raw(tar).bytes(), Compression::gzip));
  for (const ByteOrder order : {ByteOrder::little, ByteOrder::big}) {
    TarForge modules;
    modules.file("6.1.0/vmlinux", sample_base(0, order).bytes());
    for (const auto& [name, module] : sample_modules(0, order)) modules.file("6.1.0/" + name, module);
    corpus.add("fuzz_archive", order == ByteOrder::little ? "modules.tar" : "modules_big.tar", modules.bytes());
  }
  TarForge nested;
  for (const Compression compression : all_compressions) {
    const std::string name = name_of(compression);
    corpus.add("fuzz_archive", "raw." + name, compressed(raw, compression));
    corpus.add("fuzz_archive", "tar." + name, compressed(tar, compression));
    corpus.add("fuzz_archive", "twice." + name, compressed(compressed(raw, compression), compression));
    nested.file("b/" + name + ".btf.tar." + name, compressed(lone, compression));
  }
  corpus.add("fuzz_archive", "nested.tar", nested.bytes());
}

/// Writes programs that embed objects, and ar archives.
void write_images(const Corpus& corpus) {
  const Bytes little = sample_object({.order = ByteOrder::little});
  const Bytes big = sample_object({.order = ByteOrder::big});
  Bytes program = {0x7f, 'E', 'L'};
  program.insert(program.end(), little.begin(), little.end());
  program.insert(program.end(), big.begin(), big.end());
  corpus.add("fuzz_images", "program", program);
  corpus.add("fuzz_images", "cut", Bytes(little.begin(), little.end() - 100));
  corpus.add("fuzz_images", "gnu.a",
             ArForge().member("/", "table").member("//", "a_long_name_of_gnu.o/\n").member("/0", little).bytes());
  corpus.add("fuzz_images", "bsd.a", ArForge().member("#1/4", "name").member("x.o", big).bytes());
}

/// Writes packs with sections of all types, plain and compressed.
void write_packs(const Corpus& corpus) {
  const std::vector<std::pair<std::string, Bytes>> packs = {
      {"sample", sample_pack()},
      {"segments", sample_segments()},
      {"empty", packed({})},
      {"verbatim", packed({cyclic(ByteOrder::little), cyclic(ByteOrder::big)})},
      {"two", packed({other_sample_kernel(ByteOrder::little), other_sample_kernel(ByteOrder::big)})},
      {"layout", packed({with_layout(ByteOrder::little)})}};
  for (const auto& [name, bytes] : packs) {
    corpus.add("fuzz_pack", name, bytes);
    PackForge forge(bytes, bytes.size() * 64);
    corpus.add("fuzz_pack", name + "_plain", forge.plain().bytes());
    corpus.add("fuzz_pack", name + "_zstd", forge.compressed().bytes());
  }
}

/// Writes bundles, and an os-release file, which is read by the same fuzzer.
void write_bundles(const Corpus& corpus) {
  corpus.add("fuzz_bundle", "sample", sample_bundle());
  corpus.add("fuzz_bundle", "empty", forge_bundle(std::vector<ForgedKernel>{}));
  corpus.add("fuzz_bundle", "machine_0", forge_bundle({{.machine = 0, .release = "5.4.0", .id = "a", .content = "1"}}));
  const auto kernel = [](const char* release, const char* content) {
    return ForgedKernel{.release = release, .id = "rhel", .version_id = "8.4", .content = content};
  };
  ForgedBundle releases;
  releases.kernels = {kernel("4.18.0-305.el8", "1"), kernel("4.18.0-305.3.1.el8", "1"), kernel("4.18.0-348.el8_4", "2"),
                      kernel("4.18.0-100.el8uek", "3")};
  corpus.add("fuzz_bundle", "releases", forge_bundle(releases));
  releases.minor = 1;
  releases.longer_header = 8;
  corpus.add("fuzz_bundle", "minor", forge_bundle(releases));
  releases.sorts_kernels = releases.sorts_strings = releases.sorts_contents = false;
  releases.pads_after_last = true;
  corpus.add("fuzz_bundle", "unsorted", forge_bundle(releases));
  const std::string text = "# x\r\nID=\"a\\\"b\"'c'\\d # e\nVERSION_ID=8.4\nID_LIKE=\"rhel fedora\"\n";
  corpus.add("fuzz_bundle", "os-release", Bytes(text.begin(), text.end()));
}

/// Writes modules, with each object that fuzz_module.cpp has.
void write_modules(const Corpus& corpus) {
  for (std::size_t order = 0; order < orders.size(); ++order) {
    for (std::size_t base = 0; base < sample_bases; ++base) {
      const auto first = static_cast<std::uint8_t>(order * sample_bases + base);
      for (std::size_t object = 0; object < sample_module_objects; ++object) {
        const std::string end =
            "_on_" + std::to_string(base) + "_of_" + std::to_string(object) + "_" + orders[order].first;
        const auto add = [&](const std::string& seed, const Bytes& module) {
          Bytes bytes = {first, static_cast<std::uint8_t>(object), 0, 0};
          bytes.insert(bytes.end(), module.begin(), module.end());
          corpus.add("fuzz_module", seed + end, bytes);
        };
        for (const auto& [name, bytes] : sample_modules(base, orders[order].second)) {
          add(name, bytes);
          if (object == 0 && name == "small.ko") {
            for (const Compression compression : {Compression::xz, Compression::zstd, Compression::gzip}) {
              add(name + "." + name_of(compression), compressed(bytes, compression));
            }
          }
        }
      }
    }
  }
}

void write(const Corpus& corpus) {
  write_archives(corpus);
  write_bundles(corpus);
  write_images(corpus);
  write_modules(corpus);
  write_packs(corpus);
  for (const auto& [name, order] : orders) {
    const EveryKind all(order);
    const std::vector<std::pair<std::string, Bytes>> kernels = {{"every_kind", sample_kernel(order)},
                                                                {"other", other_sample_kernel(order)},
                                                                {"layout", with_layout(order)},
                                                                {"cyclic", cyclic(order)}};
    for (const auto& [kernel, bytes] : kernels) corpus.add("fuzz_btf", kernel + "_" + name, bytes);
    for (const Ask& ask : asks) {
      const Bytes image = object(order, all, all.*ask.type, ask.access);
      corpus.add("fuzz_object", ask.name + "_" + name, image);
      for (const auto& [kernel, bytes] : kernels) {
        corpus.add("fuzz_minimize", ask.name + "_of_" + kernel + "_" + name, join({.object = image, .kernel = bytes}));
      }
    }
    corpus.add("fuzz_object", "no_btf_" + name, sample_object({.order = order, .without_btf = true}));
    corpus.add("fuzz_object", "long_records_" + name,
               forge_object(all.forge,
                            {{.name = "p",
                              .section = "tp",
                              .insns = {ld_imm64(1)[0], ld_imm64(1)[1], exit_insn()},
                              .records = {{.insn = 0, .type_id = all.struct_, .access = "0:1", .kind = 5}}}},
                            {.order = order, .record_size = 24, .ext_header_length = 40}));
  }
}

}  // namespace

}  // namespace minbtf::test

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  minbtf::test::write(minbtf::test::Corpus(argv[1]));
  return 0;
}
