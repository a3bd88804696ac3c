// SPDX-License-Identifier: BSD-2-Clause
// Reduces the BTF of a kernel to what a BPF object needs: reduce KERNEL OBJECT OUTPUT
#include <minbtf/plan.hpp>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>

int main(int argc, char** argv) try {
  if (argc != 4) throw std::invalid_argument("usage: reduce KERNEL OBJECT OUTPUT");
  const minbtf::Plan plan({minbtf::BpfObject::from_file(argv[2])});
  const minbtf::Reduction reduced = plan.minimize(minbtf::Btf::from_file(argv[1]));
  std::ofstream output(argv[3], std::ios::binary);
  std::ranges::copy(reduced.bytes, std::ostreambuf_iterator<char>(output));
  if (!output.flush()) throw std::runtime_error(std::string(argv[3]) + ": cannot write");
} catch (const std::exception& error) {  // minbtf::Error: one line that names the file
  std::cerr << error.what() << '\n';
  return 1;
}
