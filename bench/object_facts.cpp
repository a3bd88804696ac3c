// SPDX-License-Identifier: BSD-2-Clause
// Prints the numbers of objects, relocations and questions of BPF objects, and the names of their types, as JSON.
//     object_facts OBJECT...
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "minbtf/plan.hpp"
#include "read_file.hpp"

namespace {

/// Returns "task_struct" for "struct task_struct::mm" and for "struct task_struct___old::state".
std::string type_name(const std::string& subject) {
  std::string name = subject.substr(subject.find(' ') + 1);
  name = name.substr(0, name.find("::"));
  return name.substr(0, name.find("___"));
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 2) {
    std::fputs("usage: object_facts OBJECT...\n", stderr);
    return 2;
  }
  std::vector<minbtf::BpfObject> objects;
  for (int i = 1; i < argc; ++i) {
    objects.push_back(minbtf::BpfObject::parse(read_file(argv[i]), argv[i]));
  }
  const minbtf::Plan plan(std::move(objects));
  std::size_t relocations = 0;
  std::set<std::pair<minbtf::RelocationKind, std::string>> questions;
  std::set<std::string> names;
  for (std::size_t i = 0; i < plan.objects().size(); ++i) {
    for (std::size_t j = 0; j < plan.objects()[i].relocation_count(); ++j) {
      const minbtf::RelocationText text = plan.describe(i, j);
      ++relocations;
      questions.emplace(text.kind, text.subject);
      names.insert(type_name(text.subject));
    }
  }
  std::cout << nlohmann::json{{"objects", plan.objects().size()},
                              {"relocations", relocations},
                              {"questions", questions.size()},
                              {"names", names}}
            << '\n';
} catch (const std::exception& error) {
  std::fprintf(stderr, "object_facts: %s\n", error.what());
  return 1;
}
