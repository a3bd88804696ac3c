// SPDX-License-Identifier: BSD-2-Clause
#include "archive/input/process_request.hpp"

namespace minbtf::archive {

void add_place_class(std::string_view path, const ProcessRequest& request, io::Hasher& hasher) {
  const std::string place_class = request.task.place_class(path);
  if (place_class.empty()) return;
  hasher.add(std::string_view("place"));
  hasher.add(place_class);
}

std::optional<SourceOutcome> load_cached(const CacheKey& key, const ProcessRequest& request) {
  if (request.cache == nullptr) return std::nullopt;
  std::optional<SourceOutcome> outcome = request.cache->load(key);
  if (!outcome) return std::nullopt;
  for (FoundKernel& kernel : outcome->kernels) {
    kernel.result = request.task.adopt(kernel.result);
    if (kernel.result == nullptr) return std::nullopt;
  }
  return outcome;
}

void store_cached(const CacheKey& key, const SourceOutcome& outcome, const ProcessRequest& request) {
  if (request.cache != nullptr && !outcome.may_have_modules) request.cache->store(key, outcome);
}

void ProgressLog::add(std::uint64_t bytes, const SourceOutcome& outcome, const std::string& path) {
  if (!request_.progress) return;
  const std::lock_guard lock(mutex_);
  bytes_ += bytes;
  kernels_ += outcome.kernels.size();
  request_.progress(bytes_, kernels_, path);
}

}  // namespace minbtf::archive
