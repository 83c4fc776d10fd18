# SPDX-License-Identifier: BSD-3-Clause
# One version number: the header states it, the build refuses to differ from it.
foreach(part MAJOR MINOR PATCH)
	file(STRINGS ${PROJECT_SOURCE_DIR}/include/qpas/version.h line
		REGEX "^#define QPAS_VERSION_${part} [0-9]+$")
	string(REGEX REPLACE "^.* " "" number "${line}")
	if(NOT number STREQUAL PROJECT_VERSION_${part})
		message(FATAL_ERROR
			"include/qpas/version.h says QPAS_VERSION_${part} is '${number}', "
			"the project is ${PROJECT_VERSION}")
	endif()
endforeach()
