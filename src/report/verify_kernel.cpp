#include "report/verify_kernel.hpp"

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
  auto& differences = out.comparison->differences;
  out.differences = differences.size();
  if (differences.size() > kept_differences) differences.resize(kept_differences);
  out.refusal = archive::libbpf_refusal(bytes);
  // What keeps it from reading the kernel's own BTF is not to be held against the other.
  if (!out.refusal.empty() && !archive::libbpf_refusal(full).empty()) out.refusal.clear();
  if (judges.loader != nullptr) out.loader = judges.loader->compare(full, bytes);
  return out;
}

}  // namespace minbtf::report
