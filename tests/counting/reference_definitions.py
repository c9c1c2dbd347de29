"""The definitions that the reference counter counts by, written a second time for itself.

An indicator is `code; unit [nature] [period rule]; fact condition... option... [+ another]; dimension...`.
`a.b=x|y` holds for these values, `!=` for others; a first part such as `activity` is another event; `/` separates.
"""

INDICATORS = """
authority_meetings; activities; $held kind=meeting led_by=authority; province mode
authority_meeting_headcount; headcount; headcount_recorded activity.kind=meeting activity.led_by=authority sum:n + $held kind=meeting led_by=authority $unless
meetings_planned; activities planned; activity_planned kind=meeting latest; mode
organisations_invited; organisations planned; activity_planned kind=meeting latest each:invited_org_ids id:invited_org_ids; own=invited.own
programme_target_provinces; provinces planned; programme_target_area_defined each:province_codes id:province_codes
children_in_incidents; people; incident_reported $children; sex age_band province category=children.incident_category age_at_incident=children.age_at_incident
children_in_incidents_reported; people recorded; incident_reported $children; sex
children_newly_opened; people; case_opened $child; $facets owner_own=owner.own owner_kind=owner.kind case_type sector
children_with_concern; people; concern_received $child; sex reporter=reporter_type / joint_interventions; facts; joint_intervention_conducted
children_in_joint_interventions; people; joint_intervention_conducted $children; sex age_band
children_placed_kinship; people; placement_started care_type=kinship $child; sex age_band caregiver=caregiver_relation
children_in_kinship_care; people active; placement_started care_type=kinship $child ended_by:placement_ended ended_match:placement_id; sex
kinship_caregiver_households; households; placement_started care_type=kinship id:household_id; caregiver=caregiver_relation
children_in_foster_care; people active; placement_started care_type=foster $child ended_by:placement_ended ended_match:placement_id; sex foster_kind
children_served_own; people; service_provided provider_kind=own recipient=child $id; $facets mode service=service_code sector
children_served_by_partner; people; service_provided provider_kind=partner recipient=child $id; sex service=service_code
services_by_partner; facts; service_provided provider_kind=partner recipient=child; service=service_code
households_served_by_authority; households; service_provided provider_kind=authority recipient=household id:@stream / births_recorded; facts; child_birth_recorded
household_food_distributions; distributions; $given $food; occurred province=household.residence_province_code kit=kit_code
households_with_food; households; $given $food id:recipient_id; province=household.residence_province_code
households_supported; households; $given $food id:recipient_id + service_provided provider_kind=own recipient=household id:@stream
children_in_households_with_food; people; $given $food of.member.relation=child|grandchild|niece_or_nephew|foster_child id:of.member.person_id members; sex occurred
  household=recipient_id
infants_in_households_with_food; people; $given $food of.member.relation=infant id:of.member.person_id members
children_with_disability_supported; people; $given recipient_kind=person @person.disability=yes $to; sex / goods_distributed; items; $given given_by=own $lines; $item
goods_reversed; items; distribution_reversed $lines; $item / goods_net; items; $given given_by=own $lines + distribution_reversed $lines negative; $item
stock_out; items; $given given_by=own distribution.store_id!= $lines; $item / unnamed_donors; headcount; donation_received donor_id= sum:unnamed_donors
materials_distributed; distributions; $given recipient_kind!=household purpose!=vocational_training; recipient=recipient_kind purpose given_by
cash_assistance_persons; people; cash_assistance_disbursed recipient_kind=person $to; sex purpose
cash_assistance_amount; money; cash_assistance_disbursed sum:amount.amount_minor; currency=amount.currency
household_assessments; facts; assessment_completed subject=household; tool / group_assessments; facts; assessment_completed subject=group; tool
case_closures; closures; case_closed; owner_own=owner.own owner_kind=owner.kind sector reason
own_closed_cases; cases; case_closed owner.own=true id:@stream; state=latest / followups_by_staff; facts; $followed by=staff; contact sector
cases_followed_up; cases; $followed case.case_type!= id:@stream; owner_own=owner.own / cases_pending_closure; cases; task_created kind=closure id:@stream
cases_planned; cases planned; activity_planned kind=technical_support latest sum:target_n / referrals_made; facts; referral_made; to_sector
foster_and_reintegration_followups; facts; $followed by=staff @sector=fbac_efc; contact
rci_partners; organisations active; partnership_agreed kind=rci_partner id:@stream ended_by:partnership_ended ended_match:kind ends_on:to; $at
rci_supported; organisations; $support recipient_kind=rci id:@stream; topic $at
rci_supported_reintegration; organisations; $support topic=reintegration recipient_kind=rci id:@stream; $at
rci_reintegration_provinces; provinces; $support topic=reintegration recipient_kind=rci id:org.province_code
club_meeting_attendances; attendances; $attended $here activity.kind=club_meeting $person + $held kind=club_meeting $unless
  + $heads activity.kind=club_meeting sum:n; sex led_by=activity.led_by
clubs_met; groups; $held kind=club_meeting id:group_id / peer_led_sessions; activities; $held led_by=peers; kind province
peer_workshop_attendances; attendances; $attended $here activity.kind=workshop activity.led_by=peers $person + $held kind=workshop led_by=peers $unless
  + $heads activity.kind=workshop activity.led_by=peers sum:n; sex
youth_coached; people; $attended $here activity.kind=coaching activity.mode!=phone|online @sector=youth_club $id
  + $heads activity.kind=coaching activity.mode!=phone|online @sector=youth_club sum:n; $youth
spokespersons_coached; people; $attended $here activity.kind=coaching person.role_at_time=spokesperson $id; sex province
youth_club_members_reached; people; $attended $here person.role_at_time=youth_club_member|spokesperson $id + $heads club.kind!= sum:n; $youth
youth_support_members_engaged; people; $followed contact=phone|online by=staff @sector=youth_club $id + $attended $here activity.kind=coaching activity.mode=phone|online
  @sector=youth_club $id + $heads activity.kind=coaching activity.mode=phone|online @sector=youth_club sum:n; $youth
outcomes_recorded; facts qualitative; outcome_recorded; basis
peer_lesson_plan_topics; topics; course_defined kind=lesson_plan made_by=peers @sector=youth_club each:topics id:topics
children_at_risk_of_dropout; people; school_status_changed person.status=at_risk_of_dropout $id; sex
careleaver_facilitators; people; facilitator_assigned person.role_at_time=careleaver $id; activity_province=activity.@province residence
new_careleavers; people; person_role_started person.role=careleaver $id; sex / tools_used; topics; $held kind=workshop each:tools id:tools
committee_meetings; activities; $held kind=committee_meeting; province led_by
committee_attendances; attendances; $attended $here activity.kind=committee_meeting $person + $held kind=committee_meeting $unless + $heads activity.kind=committee_meeting sum:n
support_group_meetings; activities; $held kind=support_group; province
support_group_attendances; attendances; $attended $here activity.kind=support_group $person + $held kind=support_group $unless + $heads activity.kind=support_group sum:n
workshops_planned; activities planned; activity_planned kind=workshop latest; province
workshop_topics_planned; topics planned; activity_planned kind=workshop latest each:topics id:topics / trainings; activities; $held kind=training; province sector
training_attendances; attendances; $attended $here activity.kind=training $person + $held kind=training $unless
  + $heads activity.kind=training sum:n; sex / pre_tests; facts; test_result_recorded phase=pre
post_tests; facts; test_result_recorded phase=post / scholarships_awarded; people; scholarship_awarded $id; sex duration_years
scholarship_benefits; facts; scholarship_awarded each:benefits; benefit=benefits / interviews_passed; facts; interview_passed; kind
testimonies; facts; testimony_recorded / careleavers_followed_up; people; $followed @sector=careleaver $id; contact
vocational_materials; people; $given purpose=vocational_training $to / work_experience_applications; facts; work_experience_applied_for
work_experience_started; facts; work_experience_started / work_experience_ended; facts; work_experience_ended; result
work_experience_active; people active; work_experience_started $id ended_by:work_experience_ended; sex / jobs_offered; facts; job_offered
employment_obtained; people; employment_obtained $id; sex / coaching_sessions; activities; $held kind=coaching; sector duration&duration_unit
careleaver_network_joined; people; group_member_joined group.kind=careleaver_network id:member.person_id / groups_formed; groups; group_formed id:@stream; kind
communication_group_members; people; group_member_joined group.kind=communication id:member.person_id / group_visits; activities; $held kind=group_visit; province
campaigns; activities; $held kind=campaign; sector / role_model_visits; facts; $followed by=role_model
community_visits_by_staff; facts; $followed by=staff contact=visit @sector=community / staff_meetings; activities; $held kind=staff_meeting
activity_provinces; provinces; $held @province!=unknown|remote id:@province
people_reached; people; service_provided provider_kind=own $id + $attended $here activity.led_by=own $id + $followed by=staff $id + $given recipient_kind=person
  given_by=own $to + cash_assistance_disbursed recipient_kind=person $to + $heads activity.led_by=own sum:n; $facets
report_texts; facts qualitative; report_narrative_written; section / context_periods; facts context; context_period_started
context_figures; facts context; context_figure_quoted
children_served_by_authority; people; service_provided provider_kind=authority recipient=child supporter.own=true $id; sex province
officials_trained; people; $attended $here person.role_at_time=local_official $training $id; sex $where
officials_supported; people; $attended $here person.role_at_time=local_official activity.kind=technical_support activity.topics~=case_management $id; sex $where
staff_of_organisations_trained; people; $attended $here person.role_at_time=ngo_staff $training $id; sex
data_collections; activities; $held kind=data_collection led_by=authority; province
communes_with_budget_plan; places; commune_budget_plan_adopted id:commune_code; province
children_in_supported_households; people; $given recipient_kind=household given_by=own $of members:recipient
  + service_provided provider_kind=own recipient=household $of members:own; sex
community_funds; money; community_funds_raised sum:amount.amount_minor; currency=amount.currency
cases_open; cases last_day; case_opened id:@stream ended_by:case_closed + case_reopened id:@stream ended_by:case_closed; owner_own=owner.own
cases_without_plan; cases last_day; case_opened owner.own=true id:@stream ended_by:case_closed without:care_plan_adopted
  + case_reopened owner.own=true id:@stream ended_by:case_closed without:care_plan_adopted
parents_reunited; people; placement_started care_type=birth_family id:home.head.person_id; sex
reunifications; people; placement_ended reason=reunified $child; sex
foster_families_caring; households active; placement_started care_type=foster id:household_id $placed; foster_kind
foster_families_recruited; households; foster_family_recruited id:@stream; kind
children_in_foster_care_at_end; people last_day; placement_started care_type=foster $child $placed; sex
directors_trained; people; $attended $here person.role_at_time=rci_director $training $id; sex $where
rci_in_transition; organisations; $support topic=transition recipient_kind=rci id:@stream + rci_transition_stage_reached id:@stream; province#=org.province_code
government_agreements; organisations active; partnership_agreed kind=government_agreement id:@stream ended_by:partnership_ended ended_match:kind ends_on:to
youth_in_care_supported; people; $attended $here person.role_at_time=youth_club_member|spokesperson|rci_resident activity.kind=training|workshop $id part:trained
  + $attended $here person.role_at_time=youth_club_member|spokesperson|rci_resident activity.kind=club_meeting|coaching $id part:supported
  ; part sex age_band institution#=person.org_at_time province#=institution.province_code
youth_with_mentor; people active; mentor_matched id:mentee.person_id ended_by:mentor_match_ended; track sex
mentors_matched; people active; mentor_matched id:mentor.person_id ended_by:mentor_match_ended; track sex
mentors_trained; people; $attended $here person.role_at_time=mentor $training $id; course=activity.course_code sex
careleavers_supported; people; $attended $here person.role_at_time=careleaver activity.kind=training|workshop $id part:trained
  + service_provided provider_kind=own @sector=careleaver $id part:supported + $followed by=staff @sector=careleaver $id part:supported; part sex province#
careleavers_in_network; people active; group_member_joined group.kind=careleaver_network id:member.person_id ended_by:group_member_left ended_match:member.person_id; sex
scholarships_active; people active; scholarship_awarded $id ended_by:scholarship_ended; sex
test_gain; points; test_result_recorded phase=post person.person_id!= sum:score $pre; instrument
persons_with_both_tests; people; test_result_recorded phase=post $id $pre; instrument sex
courses_taught; topics; $held kind=training id:course_code; course=course_code sector
training_hours; hours; $attended $here $training activity.duration_unit=hour sum:activity.duration $person; role=person.role_at_time
work_experience_months; facts; work_experience_started; months
key_members_supported; people; $attended $here person.role_at_time=key_community_person $training $id part:trained
  + $attended $here person.role_at_time=key_community_person activity.kind=coaching $id part:supported; part sex $village $where
peer_group_members_supported; people; $attended $here community.kind=ypag $id; sex group#=activity.group_id $village $where
churches_supported; organisations; $support recipient_kind=church id:@stream; topic province#=org.province_code
community_groups_supported; groups; $support recipient_kind=community_group id:@stream; kind=group.kind province#
people_reached_by_groups; headcount; headcount_recorded activity.led_by=csg sum:n + $held led_by=csg $unless; province
new_role_models; people; person_role_started person.role=role_model $id; sex
civil_registrations; people; person_identifier_added person.scheme=birth_certificate $id; sex
children_re_enrolled; people; school_status_changed person.status=re_enrolled $id; sex
outcomes_harvested; facts; outcome_harvested; actor=actor_type / outcomes_substantiated; facts; outcome_substantiated; agrees
outcome_statements; facts qualitative; outcome_harvested / stories_published; facts; story_published; channel
evaluation_meetings; activities; $held led_by=consultant; kind
measures; facts context; indicator_measured / reported_figures; facts context; aggregate_figure_reported
"""
SHORT = {"facets": "sex age_band disability residence", "youth": "sex age_band residence", "at": "province=org.province_code",
         "here": "person.status=present|late|left_early", "food": "recipient_kind=household purpose=food given_by=own",
         "unless": "unless:attendance_recorded|headcount_recorded", "support": "technical_support_provided",
         "held": "activity_held", "attended": "attendance_recorded", "followed": "follow_up_conducted", "given": "items_distributed",
         "heads": "HEADS headcount_recorded", "lines": "each:lines sum:lines.quantity", "item": "item=lines.item_code&lines.unit", "id": "id:person.person_id",
         "pre": "pair:test_result_recorded@phase:pre@person.person_id+instrument", "training": "activity.kind=training", "where": "province#=activity.@province", "village": "village#=activity.@village",
         "placed": "ended_by:placement_ended ended_match:placement_id",
         "of": "of.member.relation=child|grandchild|niece_or_nephew|foster_child id:of.member.person_id",
         "to": "id:recipient.person_id", "child": "id:child.person_id", "children": "each:children id:children.person_id", "person": "person:person.person_id"}
PATHS = {"sex": "@person.sex", "age_band": "@person.age_band", "disability": "@person.disability", "sector": "@sector",
         "residence": "@person.residence_province_code", "province": "@province", "occurred": "@occurred"}
# name -> (path of the id, category of its stream, fact); without a path, the same stream.
JOINS = {"community": ("activity.group_id", "community_group", "group_formed"), "home": ("household_id", "household", "household_registered"),
         "institution": ("person.org_at_time", "organisation", "organisation_registered"),
         "supporter": ("supported_by_org_id", "organisation", "organisation_registered"), "activity": ("", "", "activity_held"), "case": ("", "", "case_opened"), "group": ("", "", "group_formed"), "club": ("activity.group_id", "club", "group_formed"),
         "org": ("", "", "organisation_registered"), "distribution": ("", "", "distribution_held"),
         "owner": ("case.owner_org_id", "organisation", "organisation_registered"),
         "invited": ("invited_org_ids", "organisation", "organisation_registered"),
         "household": ("recipient_id", "household", "household_registered")}
LATEST = {"case_opened": "open", "case_reopened": "open", "case_closed": "closed"}
