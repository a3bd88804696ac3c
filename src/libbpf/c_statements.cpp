// SPDX-License-Identifier: BSD-2-Clause
#include "libbpf/c_statements.hpp"

#include "btf/kinds.hpp"
#include "libbpf/c_checks.hpp"
#include "minbtf/error.hpp"

namespace minbtf::libbpf {

namespace {

using btf::Kind;
using btf::Type;
using What = Statement::What;

/// Returns true if C has a definition of the type under its name.
bool is_definition(const Type& type) {
  return type.name_off != 0 && (btf::is_composite(type.kind) || btf::is_any_enum(type.kind) || type.kind == Kind::fwd ||
                                type.kind == Kind::typedef_);
}

/// Plans the statements for one type after another.
///
/// Worked example: FUNC f has the prototype `int f(struct s *p, enum e v)`. The statements are:
///
///     forward      struct s;
///     definition   enum e { ... };
///     external     extern int f(struct s *p, enum e v);
///
/// The name of struct s is enough, because f takes a pointer to it.
class Planner {
 public:
  explicit Planner(const btf::View& btf) : btf_(btf), check_(btf), met_(std::size_t{2} * btf.id_end()) {}

  void show(std::uint32_t id) {
    const Type type = btf_.type(id);
    if (type.kind == Kind::datasec) {
      for (std::uint32_t i = 0; i < type.vlen; ++i) show_variable(id, btf_.variable(type, i).type);
    } else if (type.kind == Kind::func || type.kind == Kind::var) {
      check_.check_name(id);
      declare(What::external, type.size_or_type, id);
    } else if (type.kind == Kind::decl_tag) {
      check_.refuse(ErrorKind::unsupported, id, "cannot be declared");
    } else if (is_definition(type)) {
      define(id);
    } else {
      declare(What::alias, id, id);
    }
  }

  [[nodiscard]] Statements take() && {
    return {.statements = std::move(statements_), .has_record = check_.has_met_record()};
  }

 private:
  void show_variable(std::uint32_t section, std::uint32_t id) {
    if (btf_.type(id).kind != Kind::var) {
      check_.refuse(ErrorKind::damaged, section, "contains [" + std::to_string(id) + "], which is not a variable");
    }
    show(id);
  }

  void define(std::uint32_t id) {
    check_.check({.id = id});
    statements_.push_back({.what = What::definition, .type = id});
  }

  void declare(What what, std::uint32_t type, std::uint32_t named_by) {
    check_.check({.id = type});
    prepare({.id = type});
    statements_.push_back({.what = what, .type = type, .named_by = named_by});
  }

  /// Plans what the declaration of a type needs. Visits only types that check_ has visited: the recursion ends.
  void prepare(TypeVisit visited) {
    const std::size_t at = (std::size_t{2} * visited.id) + (visited.through_ptr ? 1 : 0);
    if (met_[at]) return;
    met_[at] = true;
    const Type type = btf_.type(visited.id);
    if (is_only_named(type, visited.through_ptr)) {
      statements_.push_back({.what = What::forward, .type = visited.id});
    } else if (is_definition(type)) {
      define(visited.id);
    } else {
      // For a prototype, the names of structs and unions are enough, even if they are passed by value.
      const bool names_do = type.kind == Kind::func_proto;
      for_each_need(btf_, type, visited.through_ptr,
                    [&](TypeVisit next) { prepare({.id = next.id, .through_ptr = next.through_ptr || names_do}); });
    }
  }

  const btf::View& btf_;
  CheckForC check_;
  std::vector<bool> met_;  ///< by TypeVisit: twice the id, and one more through a pointer
  std::vector<Statement> statements_;
};

}  // namespace

Statements plan_statements(const btf::View& btf, const std::vector<std::uint32_t>& ids) {
  Planner planner(btf);
  for (const std::uint32_t id : ids) planner.show(id);
  return std::move(planner).take();
}

}  // namespace minbtf::libbpf
