// SPDX-License-Identifier: BSD-2-Clause
// Objects and BTF of the C API.
#include "capi/errors.hpp"
#include "capi/handles.hpp"

using minbtf::capi::create;
using minbtf::capi::element;
using minbtf::capi::required;
using minbtf::capi::required_bytes;
using minbtf::capi::required_text;

namespace {

const minbtf::Program* program_of(const minbtf_object* object, size_t program) noexcept {
  return object == nullptr ? nullptr : element(object->object.programs(), program);
}

}  // namespace

minbtf_object* minbtf_object_from_file(const char* path, minbtf_error** error) {
  return create(error, [&] { return new minbtf_object{minbtf::BpfObject::from_file(required_text(path, "path"))}; });
}

minbtf_object* minbtf_object_from_bytes(const void* bytes, size_t size, const char* name, minbtf_error** error) {
  return create(error, [&] {
    const std::span<const std::uint8_t> image = required_bytes(bytes, size, "bytes");
    return new minbtf_object{minbtf::BpfObject::parse(image, required_text(name, "name"))};
  });
}

minbtf_object* minbtf_object_renamed(const minbtf_object* object, const char* name, minbtf_error** error) {
  return create(
      error, [&] { return new minbtf_object{required(object, "object").object.renamed(required_text(name, "name"))}; });
}

void minbtf_object_free(minbtf_object* object) { delete object; }

const char* minbtf_object_name(const minbtf_object* object) {
  return object == nullptr ? "" : object->object.name().c_str();
}

const char* minbtf_object_note(const minbtf_object* object) {
  return object == nullptr ? "" : object->object.note().c_str();
}

enum minbtf_byte_order minbtf_object_byte_order(const minbtf_object* object) {
  if (object == nullptr) return MINBTF_LITTLE_ENDIAN;
  return static_cast<enum minbtf_byte_order>(object->object.byte_order());
}

size_t minbtf_object_relocation_count(const minbtf_object* object) {
  return object == nullptr ? 0 : object->object.relocation_count();
}

size_t minbtf_object_program_count(const minbtf_object* object) {
  return object == nullptr ? 0 : object->object.programs().size();
}

const char* minbtf_object_program_name(const minbtf_object* object, size_t program) {
  const minbtf::Program* const found = program_of(object, program);
  return found == nullptr ? "" : found->name.c_str();
}

const char* minbtf_object_program_section(const minbtf_object* object, size_t program) {
  const minbtf::Program* const found = program_of(object, program);
  return found == nullptr ? "" : found->section.c_str();
}

minbtf_btf* minbtf_btf_from_file(const char* path, minbtf_error** error) {
  return create(error, [&] { return new minbtf_btf{minbtf::Btf::from_file(required_text(path, "path"))}; });
}

minbtf_btf* minbtf_btf_from_bytes(const void* bytes, size_t size, const char* name, minbtf_error** error) {
  return create(error, [&] {
    const std::span<const std::uint8_t> raw = required_bytes(bytes, size, "bytes");
    return new minbtf_btf{minbtf::Btf::parse({raw.begin(), raw.end()}, required_text(name, "name"))};
  });
}

void minbtf_btf_free(minbtf_btf* btf) { delete btf; }

const char* minbtf_btf_name(const minbtf_btf* btf) { return btf == nullptr ? "" : btf->btf.name().c_str(); }

size_t minbtf_btf_size(const minbtf_btf* btf) { return btf == nullptr ? 0 : btf->btf.size(); }

uint32_t minbtf_btf_type_count(const minbtf_btf* btf) { return btf == nullptr ? 0 : btf->btf.type_count(); }

enum minbtf_byte_order minbtf_btf_byte_order(const minbtf_btf* btf) {
  if (btf == nullptr) return MINBTF_LITTLE_ENDIAN;
  return static_cast<enum minbtf_byte_order>(btf->btf.byte_order());
}
