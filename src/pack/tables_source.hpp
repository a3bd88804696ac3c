// SPDX-License-Identifier: BSD-2-Clause
// The types of one kernel in tables in memory, as a TypeSource.
#pragma once

#include "pack/kernel_types.hpp"
#include "pack/type_source.hpp"
#include "pack/type_tables.hpp"

namespace minbtf::pack {

/// The tables and the kernel must outlive it. No types may be added to the tables meanwhile.
class TablesSource final : public TypeSource {
 public:
  TablesSource(const TypeTables& tables, const KernelTypes& kernel) : tables_(tables), kernel_(kernel) {}

  [[nodiscard]] std::string_view name(StringId id) const override { return tables_.names.text(id); }
  [[nodiscard]] std::string_view field(StringId id) const override { return tables_.fields.text(id); }
  [[nodiscard]] Words node(std::uint32_t id) const override { return tables_.nodes.words(id); }
  [[nodiscard]] Words cut(std::uint32_t id) const override { return tables_.cuts.words(id); }
  [[nodiscard]] std::uint32_t key_of_node(std::uint32_t id) const override;
  [[nodiscard]] std::vector<std::uint32_t> keys_named(std::string_view essential_name) const override;
  [[nodiscard]] std::uint32_t key_end() const override { return static_cast<std::uint32_t>(tables_.keys.size()); }
  [[nodiscard]] List list(std::uint32_t key) const override;
  [[nodiscard]] Words extra_cut(std::uint32_t id) const override { return tables_.extra_cuts.words(id); }
  [[nodiscard]] std::vector<std::uint32_t> extra_keys_named(std::string_view essential_name) const override;
  [[nodiscard]] std::pair<btf::Kind, std::string_view> extra_key(std::uint32_t key) const override {
    return {tables_.extra_keys[key].kind, tables_.names.text(tables_.extra_keys[key].name)};
  }
  [[nodiscard]] std::uint32_t extra_key_end() const override {
    return kernel_.extras.empty() ? 0 : static_cast<std::uint32_t>(tables_.extra_keys.size());
  }
  [[nodiscard]] bool has_groups() const override { return kernel_.has_groups; }

 private:
  const TypeTables& tables_;
  const KernelTypes& kernel_;
};

}  // namespace minbtf::pack
