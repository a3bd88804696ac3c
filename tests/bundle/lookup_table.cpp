// SPDX-License-Identifier: BSD-2-Clause
#include "bundle/lookup_table.hpp"

#include <fstream>
#include <map>
#include <regex>
#include <stdexcept>

#include "archive/package/bundle_writer.hpp"
#include "elf/machines.hpp"
#include "support/forge/btf_forge.hpp"

namespace minbtf::test {

namespace {

const std::string directory = std::string(TEST_SOURCE_DIR) + "/tests/bundle/";

std::vector<std::string> fields_of(const std::string& line) {
  static const std::regex field("\"([^\"]*)\"|(\\S+)");
  std::vector<std::string> fields;
  for (std::sregex_iterator at(line.begin(), line.end(), field), end; at != end; ++at) {
    const std::string word = (*at)[2];
    if (word.starts_with('#')) break;
    if (word.empty()) {
      fields.push_back((*at)[1]);
    } else {
      fields.push_back(word == "-" ? "" : word);
    }
  }
  return fields;
}

std::uint32_t machine_of(const std::string& architecture) {
  const elf::Machine* const machine = elf::find_machine(architecture == "armhf" ? "arm" : architecture);
  if (machine == nullptr) throw std::runtime_error("lookups.txt: unknown architecture " + architecture);
  const std::uint32_t data = machine->order == ByteOrder::little ? 1 : 2;
  return machine->number | (machine->is_64_bit ? 2U : 1U) << 16U | data << 24U;
}

}  // namespace

std::vector<TableBundle> lookup_table() {
  std::vector<TableBundle> bundles;
  std::ifstream file(directory + "lookups.txt");
  std::size_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    const std::vector<std::string> f = fields_of(line);
    if (f.empty()) continue;
    const std::string text = "lookups.txt:" + std::to_string(number) + ": " + line;
    if (f.size() == 2 && f[0] == "bundle") {
      bundles.push_back({.name = f[1], .kernels = {}, .lookups = {}});
    } else if (f.size() == 7 && f[0] == "kernel" && !bundles.empty()) {
      bundles.back().kernels.push_back({f[1], f[2], f[3], f[4], f[5], f[6]});
    } else if (f.size() == 9 && f[0] == "find" && f[6] == "->" && !bundles.empty()) {
      const std::string os_release = f[4].empty() ? "" : directory + "os-release/" + f[4];
      bundles.back().lookups.push_back({f[1], f[2], f[3], os_release, f[5], f[7], f[8], text});
    } else {
      throw std::runtime_error(text);
    }
  }
  return bundles;
}

std::vector<std::uint8_t> content_bytes(const std::string& content) {
  BtfForge forge;
  forge.integer(content, 4);
  return forge.bytes();
}

std::vector<std::uint8_t> bundle_bytes(const TableBundle& bundle) {
  std::map<std::string, std::vector<std::uint8_t>> contents;
  std::vector<archive::BundleKernel> kernels;
  for (const TableKernel& each : bundle.kernels) {
    const auto& bytes = contents.try_emplace(each.content, content_bytes(each.content)).first->second;
    kernels.push_back({.machine = machine_of(each.architecture),
                       .release = each.release,
                       .id = each.id,
                       .version_id = each.version_id,
                       .build = each.build,
                       .btf = bytes});
  }
  return archive::bundle_of(std::move(kernels));
}

std::string queries_of(const TableBundle& bundle) {
  std::string queries;
  for (const TableLookup& each : bundle.lookups) {
    queries +=
        each.machine + '\t' + each.release + '\t' + each.build + '\t' + each.os_release + '\t' + each.flags + '\n';
  }
  return queries;
}

std::string sample_queries() {
  const std::string os_releases = directory + "os-release/";
  return "x86_64\t4.19.0-20-amd64\t#1 a\t" + os_releases + "debian-10\t\n" +  //
         "x86_64\t4.19.0-20-amd64\t\t" + os_releases + "debian-10\t\n" +      //
         "x86_64\t5.4.0-42-generic\t\t" + os_releases + "ubuntu-20.04\t\n" +  //
         "x86_64\t5.4.0-42-generic\t\t" + os_releases + "debian-10\t\n" +     //
         "x86_64\t5.4.0-43-generic\t\t" + os_releases + "ubuntu-20.04\tnearest\n" + "x86_64\t5.4.0-45-generic\t\t" +
         os_releases + "ubuntu-20.04\tnearest\n" + "aarch64\t4.18.0-305.el8.aarch64\t\t" + os_releases +
         "rhel-8.4\t\n" + "aarch64\t4.18.0-305.el8.aarch64\t\t" + os_releases + "amzn-2023\t\n" +
         "i686\t6.1.0-50\t\t\tstrict\n" + "i686\t4.19.0-22-amd64\t\t\t\n" + "vax\t6.1.0-50\t\t\t\n";
}

}  // namespace minbtf::test
