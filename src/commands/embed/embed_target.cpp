// SPDX-License-Identifier: BSD-2-Clause
#include "commands/embed/embed_target.hpp"

#include <algorithm>
#include <array>

#include "archive/input/architecture.hpp"
#include "elf/machines.hpp"

namespace minbtf::cli {

namespace {

// Properties that <elf.h> of older systems lacks.
constexpr std::uint32_t x86_feature_1_and = 0xc0000002;
constexpr std::uint32_t x86_ibt_shstk = 3;
constexpr std::uint32_t aarch64_feature_1_and = 0xc0000000;
constexpr std::uint32_t aarch64_bti_pac = 3;

constexpr EmbedTarget target(std::string_view name, std::uint32_t property = 0, std::uint32_t protections = 0) {
  return {.name = name, .machine = *elf::find_machine(name), .property = property, .protections = protections};
}

constexpr std::array targets = {
    target("x86_64", x86_feature_1_and, x86_ibt_shstk),
    target("arm64", aarch64_feature_1_and, aarch64_bti_pac),
    target("arm"),
    target("riscv64"),
    target("s390x"),
    target("ppc64le"),
    target("loongarch64"),
};

}  // namespace

const EmbedTarget* find_embed_target(std::string_view word) {
  const archive::Architecture* const architecture = archive::find_architecture(word);
  if (architecture == nullptr) return nullptr;
  const auto* const found = std::ranges::find(targets, architecture->name, &EmbedTarget::name);
  return found == targets.end() ? nullptr : found;
}

std::vector<std::string> embed_target_names() {
  std::vector<std::string> names;
  for (const EmbedTarget& target : targets) names.emplace_back(target.name);
  return names;
}

}  // namespace minbtf::cli
