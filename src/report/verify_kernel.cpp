#include "report/verify_kernel.hpp"

#include <algorithm>
#include <utility>

#include "archive/parse_back.hpp"

namespace minbtf::report {

VerifiedKernel verify_kernel(const Judges& judges, std::span<const std::uint8_t> full, const std::string& name,
                             const std::filesystem::path& path, const archive::UnpackLimits& limits,
                             VerifyMemory& memory) {
  VerifiedKernel out{.kernel = name, .reduced = path.string(), .full_bytes = full.size()};
  std::span<const std::uint8_t> bytes;
  std::optional<Btf> reduced;
  try {
    const auto found = archive::read_kernel(path, limits, memory.reduced);
    if (!found) throw Error(ErrorKind::wrong_file, path.string(), "", "a tar of several kernels, where one should be");
    bytes = *found;
    out.reduced_bytes = bytes.size();
    reduced = Btf::parse({bytes.begin(), bytes.end()}, path.string());
  } catch (const Error& error) {
    out.error = error;
    return out;
  }
  try {
    out.comparison = judges.plan.compare(full, name, *reduced, memory.workspace);
  } catch (const Error& error) {
    if (error.file() != path.string() || path.string() == name) throw;
    out.error = error;
    return out;
  }
  out.differences = out.comparison->differences.size();
  out.first_differences = judges.differences.keep(std::exchange(out.comparison->differences, {}));
  out.refusal = archive::libbpf_refusal(bytes);
  // What keeps it from reading the kernel's own BTF is not to be held against the other.
  if (!out.refusal.empty() && !archive::libbpf_refusal(full).empty()) out.refusal.clear();
  if (judges.loader == nullptr) return out;
  out.loader = judges.loader->compare(full, bytes);
  auto& differences = out.loader->differences;
  out.loader_differences = differences.size();
  differences.resize(std::min(differences.size(), judges.differences.most()));
  differences.shrink_to_fit();
  return out;
}

}  // namespace minbtf::report
