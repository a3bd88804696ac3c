# SPDX-License-Identifier: BSD-2-Clause
# Checks what src/cmake/commit.cmake writes, in working trees of git that this test makes.
#
#     cmake -DSCRIPT=commit.cmake -DWORK_DIR=DIR -P commit_test.cmake
cmake_minimum_required(VERSION 3.22)

find_program(GIT git)
if(NOT GIT)
  message("skipped: git is not installed")
  return()
endif()

function(git directory)
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null --unset=GIT_DIR
            --unset=GIT_WORK_TREE --unset=GIT_INDEX_FILE GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a
            GIT_COMMITTER_EMAIL=a@b ${GIT} -C ${directory} ${ARGN}
    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "git ${ARGN}: ${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

function(check_commit directory expected)
  execute_process(COMMAND ${CMAKE_COMMAND} -DSOURCE_DIR=${directory} -DOUTPUT=${WORK_DIR}/commit.cpp -P ${SCRIPT}
                  RESULT_VARIABLE status ERROR_VARIABLE errors)
  file(READ ${WORK_DIR}/commit.cpp text)
  if(NOT status EQUAL 0 OR NOT text MATCHES "return \"([^\"]*)\";")
    message(FATAL_ERROR "Not written for ${directory}: ${errors}${text}")
  endif()
  if(NOT "${CMAKE_MATCH_1}" STREQUAL "${expected}")
    message(FATAL_ERROR "${directory}: '${CMAKE_MATCH_1}' instead of '${expected}'")
  endif()
endfunction()

set(tree ${WORK_DIR}/tree)
file(REMOVE_RECURSE ${WORK_DIR})
file(WRITE ${tree}/file "first\n")
file(WRITE ${tree}/unpacked/file "a release inside another project\n")
check_commit(${tree} "")
git(${tree} init --quiet)
check_commit(${tree} "")  # without a commit
git(${tree} add .)
git(${tree} commit --quiet -m first)
git(${tree} rev-parse --short=12 HEAD)
set(first ${output})
check_commit(${tree} ${first})
check_commit(${tree}/unpacked "")
file(WRITE ${tree}/unpacked/.git "not git's\n")
check_commit(${tree}/unpacked "")
file(REMOVE ${tree}/unpacked/.git)

# The file is written only if it changes: an untracked file changes nothing.
check_commit(${tree} ${first})
execute_process(COMMAND touch -d 2001-02-03T12:00:00 ${WORK_DIR}/commit.cpp COMMAND_ERROR_IS_FATAL ANY)
file(WRITE ${tree}/untracked "not a change of the commit\n")
check_commit(${tree} ${first})
file(TIMESTAMP ${WORK_DIR}/commit.cpp written %Y)
if(NOT written EQUAL 2001)
  message(FATAL_ERROR "commit.cpp was written again without a change")
endif()

file(WRITE ${tree}/file "second\n")
check_commit(${tree} ${first}-dirty)
git(${tree} add file)
check_commit(${tree} ${first}-dirty)
git(${tree} commit --quiet -m second)
git(${tree} rev-parse --short=12 HEAD)
check_commit(${tree} ${output})
git(${tree} worktree add --quiet ${WORK_DIR}/worktree ${first})
check_commit(${WORK_DIR}/worktree ${first})
