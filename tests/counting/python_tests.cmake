# The acceptance data against the engine: independent count, golden reports, dates, figures, ablation.
find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)

# counting_script(NAME SECONDS SCRIPT ARGUMENT...)
function(counting_script name seconds script)
  add_test(NAME counting.${name} COMMAND Python3::Interpreter -B ${script} ${ARGN}
    WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  set_tests_properties(counting.${name} PROPERTIES TIMEOUT ${seconds} LABELS counting)
endfunction()

counting_script(data 60 ../data/generate.py --check)
counting_script(reference 600 compare.py $<TARGET_FILE:offline_report> --seeds 60)
counting_script(reference_deep 1800 compare.py $<TARGET_FILE:offline_report> --seeds 200)
counting_script(golden 120 golden.py $<TARGET_FILE:offline_report>)
counting_script(dates 120 check_dates.py $<TARGET_FILE:offline_report>)
counting_script(figures 120 check_figures.py --engine $<TARGET_FILE:offline_report>)
counting_script(overlaps 120 check_overlaps.py $<TARGET_FILE:offline_report>)
counting_script(ablation 300 ablation.py $<TARGET_FILE:offline_report>)
counting_script(ablation_deep 600 ablation.py $<TARGET_FILE:offline_report> --all)
counting_script(guide 60 check_guide.py $<TARGET_FILE:mlup>)
set_tests_properties(counting.reference_deep counting.ablation_deep PROPERTIES LABELS deep)
