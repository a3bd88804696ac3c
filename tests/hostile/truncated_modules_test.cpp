// SPDX-License-Identifier: BSD-2-Clause
// Modules of every form, truncated at every length. Each gives an error, or split BTF with which a kernel is reduced.
#include <catch2/catch.hpp>
#include <cstddef>
#include <span>

#include "archive/input/module_file.hpp"
#include "btf/view.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/forge/module_samples.hpp"
#include "support/libbpf/same_decisions.hpp"
#include "support/os/guarded.hpp"
#include "support/os/temp_dir.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes first(const Bytes& bytes, std::size_t length) {
  return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length)};
}

std::string place(const std::string& name, std::size_t length, std::size_t size) {
  return name + ", " + std::to_string(length) + " of " + std::to_string(size) + " bytes";
}

/// Reduces a kernel with the module. Returns what is wrong with the result.
std::string join_and_reduce(const archive::ModuleFile& module, const Btf& vmlinux, const Plan& plan) {
  const Bytes split = archive::split_btf_on(module, btf::view_of(vmlinux));
  const std::vector<SplitBtf> modules = {{.name = module.module, .bytes = split}};
  return wrong_with_reduction(plan, Btf::with_modules(vmlinux, modules));
}

}  // namespace

TEST_CASE("truncated_modules: every beginning of a module is refused or used within the limits") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  const Plan plan({BpfObject::parse(sample_module_object(0, order), "object")});
  for (std::size_t base = 0; base < sample_bases; ++base) {
    const Btf vmlinux = Btf::parse(sample_base(base, order).bytes(), "vmlinux");
    for (const auto& [name, bytes] : sample_modules(base, order)) {
      std::size_t refused = 0;
      for (std::size_t length = 0; length <= bytes.size(); ++length) {
        std::string error;
        CHECK(wrong_with(place(name, length, bytes.size()), length, [&] {
                std::string wrong;
                error = error_text([&] {
                  wrong = join_and_reduce(archive::module_in(first(bytes, length), name, {}), vmlinux, plan);
                });
                return error.starts_with("internal") ? error : wrong;
              }) == "");
        if (error != "no error") ++refused;
      }
      // The names of the sections and the symbols at the end of an ELF file are the only parts that are not needed.
      CHECK(refused >= (name.ends_with(".ko") ? bytes.size() / 2 : bytes.size()));
      CHECK(refused <= bytes.size());
    }
  }
}

TEST_CASE("truncated_modules: every beginning of a distilled base is refused or used within the limits") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  const Plan plan({BpfObject::parse(sample_module_object(0, order), "object")});
  const Btf vmlinux = Btf::parse(sample_base(0, order).bytes(), "vmlinux");
  const auto modules = sample_modules(0, order);
  const archive::ModuleFile whole = archive::module_in(modules.back().second, "distilled.ko", {});
  REQUIRE(whole.distilled_base.size() > 50);
  for (std::size_t length = 1; length < whole.distilled_base.size(); ++length) {
    archive::ModuleFile module = whole;
    module.distilled_base = first(whole.distilled_base, length);
    std::string error;
    CHECK(wrong_with(place(".BTF.base", length, whole.distilled_base.size()), whole.btf.size(), [&] {
            error = error_text([&] { static_cast<void>(join_and_reduce(module, vmlinux, plan)); });
            return error.starts_with("internal") ? error : "";
          }) == "");
    CHECK(error != "no error");
  }
  CHECK(join_and_reduce(whole, vmlinux, plan) == "");
}

TEST_CASE("truncated_modules: every beginning of a compressed module is refused or read within the limits") {
  const TempDir directory;
  const auto modules = sample_modules(0, ByteOrder::little);
  const Bytes ko = modules[3].second;
  const archive::ModuleFile whole = archive::module_in(ko, modules[3].first, {});
  constexpr std::size_t unpacker_bytes = std::size_t{40} << 20U;
  for (const Compression compression : {Compression::xz, Compression::zstd, Compression::gzip}) {
    const Bytes packed = compressed(ko, compression);
    const std::string name = "small.ko." + name_of(compression);
    CHECK(archive::read_module(directory.write(name, packed), {}).btf == whole.btf);
    for (std::size_t length = 0; length < packed.size(); ++length) {
      const std::string path = directory.write(name, first(packed, length));
      CHECK(wrong_with(place(name, length, packed.size()), length + unpacker_bytes / 64, [&] {
              const archive::ModuleFile part = archive::read_module(path, {});
              return part.btf == whole.btf ? "accepted" : "half a module";
            }) == "");
    }
  }
}

}  // namespace minbtf::test
