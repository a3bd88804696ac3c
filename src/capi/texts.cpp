// SPDX-License-Identifier: BSD-2-Clause
// The enumerations of the C API have the values of those of the C++ API, and their texts.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "minbtf/btf.hpp"
#include "minbtf/explanation.hpp"
#include "minbtf/inspection.hpp"
#include "minbtf/minbtf.h"
#include "minbtf/resolution.hpp"
#include "minbtf/version.hpp"

namespace {

using minbtf::ByteOrder;
using minbtf::Failure;
using minbtf::Guard;
using minbtf::NeedKind;
using minbtf::Reason;
using minbtf::RelocationKind;
using minbtf::Status;
using minbtf::WithoutBtf;

template <typename Ours, typename Theirs>
constexpr bool is_same(Ours ours, Theirs theirs) {
  return static_cast<unsigned>(ours) == static_cast<unsigned>(theirs);
}

static_assert(is_same(MINBTF_LITTLE_ENDIAN, ByteOrder::little));
static_assert(is_same(MINBTF_BIG_ENDIAN, ByteOrder::big));

static_assert(is_same(MINBTF_FIELD_BYTE_OFFSET, RelocationKind::field_byte_offset));
static_assert(is_same(MINBTF_FIELD_BYTE_SIZE, RelocationKind::field_byte_size));
static_assert(is_same(MINBTF_FIELD_EXISTS, RelocationKind::field_exists));
static_assert(is_same(MINBTF_FIELD_SIGNED, RelocationKind::field_signed));
static_assert(is_same(MINBTF_FIELD_LSHIFT_U64, RelocationKind::field_lshift_u64));
static_assert(is_same(MINBTF_FIELD_RSHIFT_U64, RelocationKind::field_rshift_u64));
static_assert(is_same(MINBTF_TYPE_ID_LOCAL, RelocationKind::type_id_local));
static_assert(is_same(MINBTF_TYPE_ID_TARGET, RelocationKind::type_id_target));
static_assert(is_same(MINBTF_TYPE_EXISTS, RelocationKind::type_exists));
static_assert(is_same(MINBTF_TYPE_SIZE, RelocationKind::type_size));
static_assert(is_same(MINBTF_ENUMVAL_EXISTS, RelocationKind::enumval_exists));
static_assert(is_same(MINBTF_ENUMVAL_VALUE, RelocationKind::enumval_value));
static_assert(is_same(MINBTF_TYPE_MATCHES, RelocationKind::type_matches));

static_assert(is_same(MINBTF_STATUS_RESOLVED, Status::resolved));
static_assert(is_same(MINBTF_STATUS_POISONED, Status::poisoned));
static_assert(is_same(MINBTF_STATUS_FAILED, Status::failed));

static_assert(is_same(MINBTF_FAILURE_NONE, Failure::none));
static_assert(is_same(MINBTF_FAILURE_UNKNOWN_RELOCATION_KIND, Failure::unknown_relocation_kind));
static_assert(is_same(MINBTF_FAILURE_UNKNOWN_LOCAL_TYPE, Failure::unknown_local_type));
static_assert(is_same(MINBTF_FAILURE_ANONYMOUS_LOCAL_TYPE, Failure::anonymous_local_type));
static_assert(is_same(MINBTF_FAILURE_BAD_ACCESS_STRING, Failure::bad_access_string));
static_assert(is_same(MINBTF_FAILURE_LOCAL_TYPE_UNUSABLE, Failure::local_type_unusable));
static_assert(is_same(MINBTF_FAILURE_BAD_TYPE, Failure::bad_type));
static_assert(is_same(MINBTF_FAILURE_TOO_DEEP, Failure::too_deep));
static_assert(is_same(MINBTF_FAILURE_BITFIELD_TOO_WIDE, Failure::bitfield_too_wide));
static_assert(is_same(MINBTF_FAILURE_NOT_FOR_ARRAYS, Failure::not_for_arrays));
static_assert(is_same(MINBTF_FAILURE_AMBIGUOUS_OFFSET, Failure::ambiguous_offset));
static_assert(is_same(MINBTF_FAILURE_AMBIGUOUS_VALUE, Failure::ambiguous_value));
static_assert(is_same(MINBTF_FAILURE_OFFSET_TOO_LARGE, Failure::offset_too_large));
static_assert(is_same(MINBTF_FAILURE_UNEXPECTED_INSTRUCTION, Failure::unexpected_instruction));
static_assert(is_same(MINBTF_FAILURE_BAD_LOAD_SIZE, Failure::bad_load_size));
static_assert(is_same(MINBTF_FAILURE_UNSUPPORTED_KIND, Failure::unsupported_kind));
static_assert(is_same(MINBTF_FAILURE_ENDLESS_TYPE, Failure::endless_type));
static_assert(is_same(MINBTF_FAILURE_OTHER_BYTE_ORDER, Failure::other_byte_order));

static_assert(is_same(MINBTF_UNRESOLVED_NONE, Reason::none));
static_assert(is_same(MINBTF_UNRESOLVED_NO_SUCH_TYPE, Reason::no_such_type));
static_assert(is_same(MINBTF_UNRESOLVED_NO_SUCH_MEMBER, Reason::no_such_member));
static_assert(is_same(MINBTF_UNRESOLVED_NO_SUCH_ENUMERATOR, Reason::no_such_enumerator));
static_assert(is_same(MINBTF_UNRESOLVED_INCOMPATIBLE, Reason::incompatible));
static_assert(is_same(MINBTF_UNRESOLVED_AMBIGUOUS, Reason::ambiguous));
static_assert(is_same(MINBTF_UNRESOLVED_CUT_VALUE, Reason::cut_value));
static_assert(is_same(MINBTF_UNRESOLVED_OTHER_BYTE_ORDER, Reason::other_byte_order));
static_assert(is_same(MINBTF_UNRESOLVED_OTHER, Reason::other));

static_assert(is_same(MINBTF_GUARD_NONE, Guard::none));
static_assert(is_same(MINBTF_GUARD_EXISTS, Guard::exists));
static_assert(is_same(MINBTF_GUARD_UNREACHABLE, Guard::unreachable));

static_assert(is_same(MINBTF_NEED_FUNCTION, NeedKind::function));
static_assert(is_same(MINBTF_NEED_TRACEPOINT, NeedKind::tracepoint));
static_assert(is_same(MINBTF_NEED_LSM_HOOK, NeedKind::lsm_hook));
static_assert(is_same(MINBTF_NEED_ITERATOR, NeedKind::iterator));
static_assert(is_same(MINBTF_NEED_STRUCT_OPS, NeedKind::struct_ops));
static_assert(is_same(MINBTF_NEED_KFUNC, NeedKind::kfunc));
static_assert(is_same(MINBTF_NEED_VARIABLE, NeedKind::variable));
static_assert(is_same(MINBTF_NEED_TYPE_ID, NeedKind::type_id));
static_assert(is_same(MINBTF_NEED_STRUCT_OPS_MAP, NeedKind::struct_ops_map));

static_assert(is_same(MINBTF_WITHOUT_BTF_LOADS, WithoutBtf::loads));
static_assert(is_same(MINBTF_WITHOUT_BTF_LOADS_OTHERS, WithoutBtf::loads_others));
static_assert(is_same(MINBTF_WITHOUT_BTF_FAILS, WithoutBtf::fails));

/// Returns the text of a number of the C++ enumeration, whose last value is `last`. The texts of the C++ API are string
/// literals, which end with NUL.
template <typename Theirs>
const char* text_of(std::uint32_t number, Theirs last) noexcept {
  if (number > static_cast<std::uint32_t>(last)) return "unknown";
  return to_string(static_cast<Theirs>(number)).data();
}

template <std::size_t count>
const char* word_of(std::uint32_t number, const std::array<const char*, count>& words) noexcept {
  return number < count ? words[number] : "unknown";
}

}  // namespace

const char* minbtf_version() { return minbtf::version(); }

const char* minbtf_error_kind_text(uint32_t kind) {
  return word_of(kind,
                 std::array{"none", "io", "wrong_file", "damaged", "unsupported", "internal", "memory", "argument"});
}

const char* minbtf_byte_order_text(uint32_t order) { return word_of(order, std::array{"little", "big"}); }

const char* minbtf_relocation_kind_text(uint32_t kind) { return text_of(kind, RelocationKind::type_matches); }

const char* minbtf_status_text(uint32_t status) {
  return word_of(status, std::array{"resolved", "poisoned", "failed"});
}

const char* minbtf_failure_text(uint32_t failure) { return text_of(failure, Failure::other_byte_order); }

const char* minbtf_unresolved_reason_text(uint32_t reason) { return text_of(reason, Reason::other); }

const char* minbtf_guard_text(uint32_t guard) { return text_of(guard, Guard::unreachable); }

const char* minbtf_need_kind_text(uint32_t kind) { return text_of(kind, NeedKind::struct_ops_map); }

const char* minbtf_without_btf_text(uint32_t result) { return text_of(result, WithoutBtf::fails); }
