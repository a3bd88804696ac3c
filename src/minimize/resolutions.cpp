#include "minbtf/resolutions.hpp"

#include "minimize/resolved.hpp"
#include "object/object_data.hpp"

namespace minbtf {

std::size_t Resolutions::size() const noexcept { return resolved_ == nullptr ? 0 : resolved_->plan->record_count; }

ResolutionCounts Resolutions::counts() const noexcept {
  return resolved_ == nullptr ? ResolutionCounts{} : resolved_->counts;
}

Resolution Resolutions::operator[](std::size_t index) const {
  std::size_t object = 0;
  for (; index >= resolved_->plan->objects[object].relocation_count(); ++object) {
    index -= resolved_->plan->objects[object].relocation_count();
  }
  return resolved_->resolution(object, index);
}

std::vector<Resolution> Resolutions::failures() const {
  std::vector<Resolution> failures;
  if (counts().failed == 0) return failures;
  for (const Resolution& resolution : *this) {
    if (resolution.status == Status::failed) failures.push_back(resolution);
  }
  return failures;
}

Resolutions::Iterator Resolutions::begin() const { return Iterator(resolved_.get(), 0); }

Resolutions::Iterator Resolutions::end() const {
  return Iterator(resolved_.get(), resolved_ == nullptr ? 0 : resolved_->plan->objects.size());
}

Resolutions::Iterator::Iterator(const minimize::Resolved* resolved, std::size_t object)
    : resolved_(resolved), object_(object) {
  skip_empty();
}

Resolution Resolutions::Iterator::operator*() const { return resolved_->resolution(object_, record_); }

Resolutions::Iterator& Resolutions::Iterator::operator++() {
  ++record_;
  skip_empty();
  return *this;
}

void Resolutions::Iterator::skip_empty() {
  if (resolved_ == nullptr) return;
  const auto& objects = resolved_->plan->objects;
  while (object_ < objects.size() && record_ == objects[object_].relocation_count()) {
    ++object_;
    record_ = 0;
  }
}

}  // namespace minbtf
