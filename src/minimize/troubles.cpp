#include "minimize/troubles.hpp"

#include <map>
#include <optional>
#include <tuple>

#include "core/question.hpp"
#include "core/verifier_age.hpp"
#include "minimize/dead_code.hpp"
#include "minimize/explain.hpp"
#include "minimize/guards.hpp"
#include "object/object_data.hpp"

namespace minbtf::minimize {

namespace {

class Finder {
 public:
  Finder(const Resolved& resolved, const Answers& answers, const btf::View& kernel)
      : resolved_(resolved),
        plan_(*resolved.plan),
        answers_(answers),
        kernel_(kernel),
        dead_code_(resolved, core::verifier_of(kernel)) {}

  std::vector<Trouble> run() {
    for (std::size_t object = 0; object < plan_.objects.size(); ++object) {
      std::optional<Guards> guards;  // most objects need none
      const std::size_t records = plan_.objects[object].relocation_count();
      for (std::size_t record = 0; record < records; ++record) {
        // libbpf passes over what is in no program.
        if (plan_.objects[object].data().records[record].program == object::no_program) continue;
        const Resolution resolution = resolved_.resolution(object, record);
        if (resolution.status == Status::resolved) continue;
        Trouble trouble = {.object = object,
                           .relocation = record,
                           .status = resolution.status,
                           .failure = resolution.failure,
                           .why = why(object, record, resolution)};
        if (resolution.status == Status::poisoned) {
          if (!guards) guards.emplace(plan_, object);
          trouble.guard = dead_code_.has(object, record)   ? Guard::unreachable
                          : guards->has(resolved_, record) ? Guard::exists
                                                           : Guard::none;
        }
        troubles_.push_back(std::move(trouble));
      }
    }
    return std::move(troubles_);
  }

 private:
  /// Records of one case that came to the same have the same reason.
  Explanation why(std::size_t object, std::size_t record, const Resolution& resolution) {
    const std::uint32_t index = plan_.records[plan_.same_as[object]][record];
    const Key key = {index, resolution.status, resolution.failure, resolution.target_type};
    const auto known = known_.find(key);
    Explanation explanation =
        known != known_.end() ? known->second : explain(plan_, plan_.cases[index], answers_, kernel_, resolution);
    if (known == known_.end()) known_.emplace(key, explanation);
    if (explanation.subject.empty()) {
      const object::ObjectData& data = plan_.objects[object].data();
      const object::Record& of = data.records[record];
      explanation.subject = core::describe_record(*data.btf, of.kind, of.type_id, of.access_str_off);
    }
    return explanation;
  }

  using Key = std::tuple<std::uint32_t, Status, Failure, std::uint32_t>;

  const Resolved& resolved_;
  const Planned& plan_;
  const Answers& answers_;
  const btf::View& kernel_;
  DeadCode dead_code_;
  std::map<Key, Explanation> known_;
  std::vector<Trouble> troubles_;
};

}  // namespace

std::vector<Trouble> find_troubles(const Resolved& resolved, const Answers& answers, const btf::View& kernel) {
  return Finder(resolved, answers, kernel).run();
}

}  // namespace minbtf::minimize
