# SPDX-License-Identifier: BSD-3-Clause
# What kinds of targets this project has: modules and tests.

# qpas_add_module(NAME [FREESTANDING] SOURCES … [LIBRARIES …])
# An object library qpas_NAME. A freestanding one is strict C11, uses no hosted header, and its
# sources are also compiled for libqpas-el2.a.
function(qpas_add_module name)
	cmake_parse_arguments(PARSE_ARGV 1 arg "FREESTANDING" "" "SOURCES;LIBRARIES")
	add_library(qpas_${name} OBJECT ${arg_SOURCES})
	qpas_module_settings(qpas_${name} "${arg_FREESTANDING}")
	target_link_libraries(qpas_${name} PRIVATE ${arg_LIBRARIES})
	if(arg_FREESTANDING)
		foreach(source IN LISTS arg_SOURCES)
			cmake_path(ABSOLUTE_PATH source)
			set_property(GLOBAL APPEND PROPERTY QPAS_FREESTANDING_SOURCES ${source})
		endforeach()
	endif()
endfunction()

function(qpas_module_settings target freestanding)
	target_include_directories(${target} PRIVATE
		${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/libqpas)
	target_link_libraries(${target} PRIVATE qpas_flags)
	if(freestanding)
		set_target_properties(${target} PROPERTIES C_EXTENSIONS OFF)
		target_compile_options(${target} PRIVATE -ffreestanding)
	endif()
endfunction()

# qpas_add_test(NAME LABEL label SOURCES … [LIBRARIES …] [WRAP symbol…] [TIMEOUT seconds])
# A cmocka program over the static libraries, so that internal functions can be tested too.
# WRAP redirects the symbols to __wrap_* functions of the test.
function(qpas_add_test name)
	cmake_parse_arguments(PARSE_ARGV 1 arg "" "LABEL;TIMEOUT" "SOURCES;LIBRARIES;WRAP")
	add_executable(${name} ${arg_SOURCES})
	target_include_directories(${name} PRIVATE
		${PROJECT_SOURCE_DIR}/libqpas ${PROJECT_SOURCE_DIR}/tests)
	# cmocka's own macros cast what they are given, and a test may have large locals. As options of
	# the sources these stand behind the common flags.
	set_source_files_properties(${arg_SOURCES} PROPERTIES
		COMPILE_OPTIONS "-Wno-bad-function-cast;-Wno-frame-larger-than")
	target_link_libraries(${name} PRIVATE qpas_flags qpas_link_flags ${arg_LIBRARIES} qpas_test_support
		$<TARGET_NAME_IF_EXISTS:qpas_tzsim_static> qpas_static PkgConfig::QPAS_CMOCKA)
	foreach(symbol IN LISTS arg_WRAP)
		target_link_options(${name} PRIVATE -Wl,--wrap=${symbol})
	endforeach()
	add_test(NAME ${name} COMMAND ${name})
	if(NOT arg_TIMEOUT)
		set(arg_TIMEOUT 120)
	endif()
	set_tests_properties(${name} PROPERTIES LABELS "${arg_LABEL}" TIMEOUT ${arg_TIMEOUT})
endfunction()

# qpas_add_unit_test(NAME SOURCES … [LIBRARIES …] [WRAP symbol…])
function(qpas_add_unit_test name)
	qpas_add_test(${name} LABEL unit ${ARGN})
endfunction()

# qpas_add_integration_test(NAME SOURCES … [LIBRARIES …] [WRAP symbol…])
function(qpas_add_integration_test name)
	qpas_add_test(${name} LABEL integration ${ARGN})
endfunction()

# qpas_add_corpus_test(NAME SOURCES … [LIBRARIES …]): finds the fetched data by QPAS_DATA_DIR
function(qpas_add_corpus_test name)
	qpas_add_test(${name} LABEL corpus TIMEOUT 900 ${ARGN})
	set_tests_properties(${name} PROPERTIES ENVIRONMENT QPAS_DATA_DIR=${QPAS_DATA_DIR})
endfunction()
